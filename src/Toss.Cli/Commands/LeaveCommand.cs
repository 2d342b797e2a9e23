using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss leave`: takes this device out of its circle, for good.</summary>
internal static class LeaveCommand
{
    public static Command Create(CommandHost host)
    {
        var yes = Consent.Option();
        var command = new Command("leave", "Take this device out of its circle, for good.") { yes };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await Consent.AskAsync(
                    host,
                    parsed.GetValue(yes) || parsed.IsJson(),
                    "Leave the circle for good, with what it shared?",
                    cancellation
                );
                await control.LeaveAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine("This device has left. `toss pair CODE` joins another circle.");
                }
            }
        );
        return command;
    }
}
