using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss pin CLIP` and `toss unpin CLIP`: what is pinned stays in this device's history, however old it becomes.</summary>
internal static class PinCommand
{
    public static Command CreatePin(CommandHost host) =>
        Create(host, "pin", "Keep a copy in this device's history, however old it becomes.", true);

    public static Command CreateUnpin(CommandHost host) =>
        Create(host, "unpin", "Let a pinned copy go when its time has come.", false);

    private static Command Create(CommandHost host, string name, string description, bool pinned)
    {
        var clip = ClipArgument.Create();
        var command = new Command(name, description) { clip };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var entry = await control.MarkClipAsync(new MarkRequest(parsed.GetValue(clip)!, pinned), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(HistoryJson.Of(entry), CliJson.Default.HistoryJson);
                }
                else
                {
                    host.Out.WriteLine(pinned ? "Pinned: it stays in this device's history." : "Not pinned any more.");
                }
            }
        );
        return command;
    }
}
