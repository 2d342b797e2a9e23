using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss clear`: empties this device's history of all that is not pinned.</summary>
internal static class ClearCommand
{
    public static Command Create(CommandHost host)
    {
        var yes = Consent.Option();
        var command = new Command("clear", "Delete all of this device's history but what is pinned.") { yes };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await Consent.AskAsync(
                    host,
                    parsed.GetValue(yes) || parsed.IsJson(),
                    "Delete all of this device's history but what is pinned?",
                    cancellation
                );
                var report = await control.ClearHistoryAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.DeleteReport);
                }
                else
                {
                    var copies = Spoken.Number(report.Clips, "copy").Replace("copys", "copies");
                    host.Out.WriteLine(
                        $"{copies} deleted here; `toss undo` takes it back for ten minutes. Other devices keep theirs."
                    );
                }
            }
        );
        return command;
    }
}
