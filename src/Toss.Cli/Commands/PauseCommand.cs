using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss pause [DURATION]`.</summary>
internal static class PauseCommand
{
    public static Command Create(CommandHost host)
    {
        var duration = DurationArgument.Optional(
            "DURATION",
            "For how long: 90s, 30m, 2h, 1d; without it, until `toss resume`."
        );
        var command = new Command("pause", "Stop sharing for now: nothing is sent or put on the clipboard.")
        {
            duration,
        };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var wanted = parsed.GetValue(duration);
                await control.PauseAsync(wanted, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    var until = Spoken.Until(host.Time.GetUtcNow() + wanted);
                    host.Out.WriteLine($"Paused{until}. `toss resume` goes on.");
                }
            }
        );
        return command;
    }
}
