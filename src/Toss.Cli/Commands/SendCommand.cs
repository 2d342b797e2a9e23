using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss send [--to DEVICE]`: what a rule keeps here until somebody sends it.</summary>
internal static class SendCommand
{
    public static Command Create(CommandHost host)
    {
        var to = new Option<string?>("--to")
        {
            Description = "The device that gets it; without it, every one with the rule `ask`.",
            HelpName = "DEVICE",
        };
        var command = new Command("send", "Send the current copy by hand.") { to };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.SendAsync(parsed.GetValue(to), cancellation);
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.SendReport);
                    return;
                }
                if (report.Sent.Count > 0)
                {
                    host.Out.WriteLine($"{Spoken.Size(report.Size)} to {Names(report.Sent)}.");
                }
                if (report.Had.Count > 0)
                {
                    host.Out.WriteLine($"Sent before to {Names(report.Had)}.");
                }
            }
        );
        return command;
    }

    private static string Names(IReadOnlyList<string> names) => SafeText.Of(string.Join(", ", names));
}
