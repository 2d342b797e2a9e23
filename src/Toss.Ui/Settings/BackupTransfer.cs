using System.Globalization;
using System.Text.Json;
using Microsoft.JSInterop;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Ui.Settings;

/// <summary>
/// Backups between the agent and the person's disk. Asked for by the page's script and not by <see cref="IControl"/>: what goes through
/// this program here would all be in its memory. What fails is a <see cref="ControlException"/>, of the agent's codes or of these.
/// </summary>
internal sealed class BackupTransfer(IJSRuntime scripts) : IAsyncDisposable
{
    /// <summary>The connection ended in the middle.</summary>
    public const string Broken = "broken";

    /// <summary>The browser has no room for what comes.</summary>
    public const string NoPlace = "no-place";

    /// <summary>The browser cannot read the file that was chosen.</summary>
    public const string Unreadable = "unreadable";

    /// <summary>All that was sent came, and the agent says that it is not all.</summary>
    public const string NotWhole = "not-whole";

    private const string Module = "./js/backup.js";
    private const string Site = "/api";

    private IJSObjectReference? _script;

    /// <summary>Brings one into the browser's own store; <see cref="KeepAsync"/> or <see cref="DropAsync"/> says what becomes of it.</summary>
    /// <param name="bar">The id of an element that shows how far it is.</param>
    /// <param name="about">Bytes that it will have, more or less.</param>
    public async ValueTask ExportAsync(string passphrase, string bar, long about)
    {
        var script = await ScriptAsync();
        Refuse(
            await script.InvokeAsync<string?>(
                "take",
                Site + ControlProtocol.Export,
                Headers(settings: false),
                passphrase,
                bar,
                about
            )
        );
    }

    /// <summary>It is a download under this name.</summary>
    public async ValueTask KeepAsync(string name) => await (await ScriptAsync()).InvokeVoidAsync("keep", name);

    /// <summary>It is of no use.</summary>
    public async ValueTask DropAsync() => await (await ScriptAsync()).InvokeVoidAsync("drop");

    /// <param name="input">The id of the field in which a file was chosen.</param>
    /// <param name="bar">As above.</param>
    public async ValueTask<ImportReport> ImportAsync(string passphrase, string input, string bar, bool settings)
    {
        var script = await ScriptAsync();
        Refuse(
            await script.InvokeAsync<string?>(
                "check",
                Site + ControlProtocol.CheckBackup,
                Headers(settings: false),
                passphrase,
                input,
                ControlProtocol.BackupBeginning
            )
        );
        var answer = await script.InvokeAsync<string>(
            "give",
            Site + ControlProtocol.Import,
            Headers(settings),
            passphrase,
            input,
            bar
        );
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

    private static void Refuse(string? code)
    {
        if (code is not null)
        {
            throw new ControlException(code, code);
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

    private async ValueTask<IJSObjectReference> ScriptAsync()
    {
        try
        {
            return _script ??= await scripts.InvokeAsync<IJSObjectReference>("import", Module);
        }
        catch (JSException)
        {
            // The agent serves it.
            throw new ControlException(ControlErrors.NoDaemon, "the script did not come");
        }
    }
}
