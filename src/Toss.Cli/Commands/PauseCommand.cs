using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss pause`.</summary>
internal static class PauseCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("pause", "Stop sharing for now: nothing is sent or put on the clipboard.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await control.PauseAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine("Paused. `toss resume` goes on.");
                }
            }
        );
        return command;
    }
}
