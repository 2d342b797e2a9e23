using System.CommandLine;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss paste`: this device's clipboard, its bytes and nothing else.</summary>
internal static class PasteCommand
{
    /// <summary>Seconds: an hour, as long as the agent lets anybody wait.</summary>
    private const int MaxWait = 3600;

    public static Command Create(CommandHost host)
    {
        var type = new Option<string?>("--type")
        {
            Description = "Media type; else the best text, or the first there is.",
            HelpName = "MIME",
        };
        var wait = NumberOption.Seconds("--wait", "Wait so long for something to paste.", MaxWait);
        var command = new Command("paste", "Print this device's clipboard.") { type, wait };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var mediaType = parsed.GetValue(type);
                TimeSpan? patience = parsed.GetValue(wait) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
                var content = await control.PasteAsync(mediaType, patience, cancellation) ?? throw Nothing(mediaType);
                await using var stream = content.Content;
                await stream.CopyToAsync(host.RawOut, cancellation);
                await host.RawOut.FlushAsync(cancellation);
            }
        );
        return command;
    }

    private static ControlException Nothing(string? mediaType) =>
        new(
            ControlErrors.Empty,
            mediaType is null ? "the clipboard is empty" : $"the clipboard holds no {mediaType}",
            "`toss history` shows what came before"
        );
}
