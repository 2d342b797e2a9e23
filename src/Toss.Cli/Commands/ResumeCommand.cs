using System.CommandLine;
using Toss.Cli.Commands.Output;

namespace Toss.Cli.Commands;

/// <summary>`toss resume`.</summary>
internal static class ResumeCommand
{
    public static Command Create(CommandHost host)
    {
        var command = new Command("resume", "Share again after a pause.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                await control.ResumeAsync(cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine("Sharing again.");
                }
            }
        );
        return command;
    }
}
