using System.Globalization;
using System.Text.Json;
using Microsoft.JSInterop;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Ui.Files;

/// <summary>
/// Files of a person, which stay with the page's script: what went through this program here would be in its memory. The script sends
/// them to the agent itself; here they have a number and a list.
/// </summary>
public sealed class PageFiles(IJSRuntime scripts) : IAsyncDisposable
{
    private const string Module = "./js/files.js";
    private const string Address = "/api" + ControlProtocol.SendGivenFiles;

    private IJSObjectReference? _script;

    /// <summary>From now on files can be dropped anywhere on the page; it is told of each.</summary>
    public async ValueTask HoldAsync(DotNetObjectReference<FileSends> sends) =>
        await (await ScriptAsync()).InvokeVoidAsync("hold", sends);

    public async ValueTask LetGoAsync()
    {
        if (_script is not null)
        {
            await _script.InvokeVoidAsync("letGo");
        }
    }

    /// <summary>What was picked in a field is given as if it had been dropped.</summary>
    /// <param name="field">Its id.</param>
    /// <param name="device">Null is every other device.</param>
    public async ValueTask TakeAsync(string field, string? device) =>
        await (await ScriptAsync()).InvokeVoidAsync("take", field, device);

    /// <summary>Completes when the agent has nothing more to say of it, or refused it; `no-daemon` where the connection broke.</summary>
    /// <param name="told">Told what the agent says, and how far it is.</param>
    public async ValueTask SendAsync(int id, GivenFilesRequest request, DotNetObjectReference<FileSend> told)
    {
        var headers = new Dictionary<string, string>
        {
            [ControlProtocol.VersionHeader] = ControlProtocol.Version.ToString(CultureInfo.InvariantCulture),
        };
        var list = JsonSerializer.Serialize(request, ControlJson.Default.GivenFilesRequest);
        var script = await ScriptAsync();
        var answer = await script.InvokeAsync<string?>("send", id, Address, headers, list, told);
        if (answer is not "")
        {
            throw FailureOf(answer);
        }
    }

    /// <summary>Stops it, if it is being sent, and forgets the files.</summary>
    public async ValueTask StopAsync(int id) => await (await ScriptAsync()).InvokeVoidAsync("stop", id);

    public async ValueTask DisposeAsync()
    {
        if (_script is not null)
        {
            await _script.DisposeAsync();
        }
    }

    private static ControlException FailureOf(string? answer)
    {
        if (answer is null)
        {
            return new ControlException(ControlErrors.NoDaemon, "the connection broke");
        }
        try
        {
            return JsonSerializer.Deserialize(answer, ControlJson.Default.ControlFailure)!.Error.ToException();
        }
        catch (JsonException)
        {
            return new ControlException(ControlErrors.Internal, "the answer is none");
        }
    }

    private async ValueTask<IJSObjectReference> ScriptAsync() =>
        _script ??= await scripts.InvokeAsync<IJSObjectReference>("import", Module);
}
