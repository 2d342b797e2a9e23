using System.CommandLine;
using Toss.Cli.Daemon;

namespace Toss.Cli.Commands;

/// <summary>`toss daemon`: the agent itself, in the foreground; for `toss up` and for service managers.</summary>
internal static class DaemonCommand
{
    public static Command Create(CommandHost host)
    {
        var headless = new Option<bool>("--headless") { Description = "Without a desktop." };
        var command = new Command("daemon", "Run the agent in the foreground (`toss up` starts it for you).")
        {
            headless,
        };
        command.Run(
            host,
            (parsed, cancellation) =>
                new DaemonRun(
                    host.Folders,
                    new DaemonOptions(parsed.GetValue(headless)),
                    DaemonHost.ComposeAsync
                ).RunAsync(host.Time, cancellation)
        );
        return command;
    }
}
