using System.Globalization;
using System.Text.Json;
using Microsoft.JSInterop;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Ui.Settings;

/// <summary>
/// Backups between the agent and the person's disk. Asked for by the page's script and not by <see cref="IControl"/>: what goes through
/// this program here would all be in its memory.
/// </summary>
internal sealed class BackupTransfer(IJSRuntime scripts) : IAsyncDisposable
{
    private const string Module = "./js/backup.js";
    private const string Site = "/api";

    private IJSObjectReference? _script;

    /// <summary>Has the browser put one among the person's downloads; whole when this completes.</summary>
    /// <param name="name">Of the file.</param>
    /// <param name="bar">The id of an element that shows how far it is.</param>
    /// <param name="about">Bytes that it will have, more or less.</param>
    public async ValueTask ExportAsync(string passphrase, string name, string bar, long about)
    {
        var script = await ScriptAsync();
        var code = await script.InvokeAsync<string?>(
            "take",
            Site + ControlProtocol.Export,
            Headers(settings: false),
            passphrase,
            name,
            bar,
            about
        );
        if (code is not null)
        {
            throw new ControlException(code, code);
        }
    }

    /// <param name="input">The id of the field in which a file was chosen.</param>
    /// <param name="bar">As above.</param>
    public async ValueTask<ImportReport> ImportAsync(string passphrase, string input, string bar, bool settings)
    {
        var script = await ScriptAsync();
        var answer = await script.InvokeAsync<string>(
            "give",
            Site + ControlProtocol.Import,
            Headers(settings),
            passphrase,
            input,
            bar
        );
        if (answer.Length == 0)
        {
            throw new ControlException(ControlErrors.NoDaemon, "the connection broke");
        }
        try
        {
            using var read = JsonDocument.Parse(answer);
            return read.RootElement.TryGetProperty("error", out _)
                ? throw JsonSerializer.Deserialize(answer, ControlJson.Default.ControlFailure)!.Error.ToException()
                : JsonSerializer.Deserialize(answer, ControlJson.Default.ImportReport)!;
        }
        catch (JsonException)
        {
            throw new ControlException(ControlErrors.Internal, "the answer is none");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_script is not null)
        {
            await _script.DisposeAsync();
        }
    }

    private static Dictionary<string, string> Headers(bool settings)
    {
        var headers = new Dictionary<string, string>
        {
            [ControlProtocol.VersionHeader] = ControlProtocol.Version.ToString(CultureInfo.InvariantCulture),
        };
        if (settings)
        {
            headers[ControlProtocol.SettingsHeader] = ControlProtocol.Yes;
        }
        return headers;
    }

    private async ValueTask<IJSObjectReference> ScriptAsync() =>
        _script ??= await scripts.InvokeAsync<IJSObjectReference>("import", Module);
}
