using System.CommandLine;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss again CLIP`: copies something of history once more, here and on the other devices.</summary>
internal static class AgainCommand
{
    public static Command Create(CommandHost host)
    {
        var clip = ClipArgument.Create();
        var plain = new Option<bool>("--plain") { Description = "Only its text, without other formats." };
        var command = new Command("again", "Copy something of history again.") { clip, plain };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var request = new CopyAgainRequest(parsed.GetValue(clip)!, parsed.GetValue(plain));
                var report = await control.CopyAgainAsync(request, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.CopyReport);
                }
                else if (report.Clip is null)
                {
                    host.Out.WriteLine(
                        report.Reason == "offered"
                            ? "It is on this device's clipboard alone: its content comes when you paste it."
                            : "It is on the clipboard; the others have it as their newest already."
                    );
                }
                else
                {
                    CopyCommand.Say(host, report);
                }
            }
        );
        return command;
    }
}
