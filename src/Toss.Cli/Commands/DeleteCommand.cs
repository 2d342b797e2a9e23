using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>
/// `toss delete CLIP…`: out of this device's history, which `toss undo` takes back. With `--everywhere` out of all devices', which nothing
/// takes back: that asks.
/// </summary>
internal static class DeleteCommand
{
    public static Command Create(CommandHost host)
    {
        var clips = ClipArgument.CreateMany();
        var everywhere = new Option<bool>("--everywhere")
        {
            Description = "On all devices of the circle, at once and for good.",
        };
        var yes = Consent.Option();
        var command = new Command("delete", "Delete copies from this device's history, or everywhere.")
        {
            clips,
            everywhere,
            yes,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var request = new DeleteRequest(parsed.GetValue(clips)!, parsed.GetValue(everywhere));
                if (request.Everywhere)
                {
                    await Consent.AskAsync(
                        host,
                        parsed.GetValue(yes) || parsed.IsJson(),
                        "Delete this on all your devices, for good? It cannot be undone.",
                        cancellation
                    );
                }
                var report = await control.DeleteAsync(request, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.DeleteReport);
                }
                else
                {
                    host.Out.WriteLine(Say(report));
                }
            }
        );
        return command;
    }

    private static string Say(DeleteReport report) =>
        report switch
        {
            { UndoUntil: not null } =>
                "Deleted here; `toss undo` takes it back for ten minutes. Other devices keep theirs, and the clipboard what it holds.",
            { Devices: 0 } => "Deleted for good. No other device of this circle is to be told.",
            _ =>
                $"Deleted here for good, and on {Spoken.Number(report.Devices, "other device")} as soon as each is there. "
                    + "Clipboards keep what they hold.",
        };
}
