using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss undo`: puts back what the last `toss delete` or `toss clear` took out of this device's history.</summary>
internal static class UndoCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("undo", "Put back what was deleted here last, within ten minutes.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.UndoDeleteAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.UndoReport);
                }
                else
                {
                    var copies = Spoken.Number(report.Clips, "copy").Replace("copys", "copies");
                    host.Out.WriteLine($"{copies} in history again, as before.");
                }
            }
        );
        return command;
    }
}
