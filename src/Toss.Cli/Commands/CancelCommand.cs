using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss cancel TRANSFER`: stops large content that is on its way.</summary>
internal static class CancelCommand
{
    public static Command Create(CommandHost host)
    {
        var transfer = new Argument<int>("TRANSFER") { Description = "Its number, from `toss status`." };
        var command = new Command("cancel", "Stop large content on its way, in or out.") { transfer };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.CancelAsync(parsed.GetValue(transfer), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.TransferReport);
                    return;
                }
                var device = SafeText.Of(report.Device ?? "your other devices");
                host.Out.WriteLine(
                    report.Direction == "in"
                        ? $"Stopped: nothing of what came from {device} is kept."
                        : $"Stopped: {device} gets no more of it, and hears why."
                );
            }
        );
        return command;
    }
}
