using System.CommandLine;
using System.Diagnostics;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss down`: ends the agent and returns when it is gone.</summary>
internal static class DownCommand
{
    /// <summary>The agent finishes what it has begun; it is asked, never killed.</summary>
    private static readonly TimeSpan GoneTimeout = TimeSpan.FromSeconds(15);

    public static Command Create(CommandHost host)
    {
        var command = new Command("down", "Stop toss on this device.");
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var status = await control.GetStatusAsync(cancellation);
                await control.StopAsync(cancellation);
                await WaitUntilGoneAsync(status.Daemon.Pid, cancellation);
                if (parsed.IsJson())
                {
                    host.Json(new DoneJson(true), CliJson.Default.DoneJson);
                }
                else
                {
                    host.Out.WriteLine("toss is down.");
                }
            }
        );
        return command;
    }

    internal static async Task WaitUntilGoneAsync(int pid, CancellationToken cancellation)
    {
        Process process;
        try
        {
            process = Process.GetProcessById(pid);
        }
        catch (ArgumentException)
        {
            return;
        }
        using (process)
        using (var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation))
        {
            limited.CancelAfter(GoneTimeout);
            try
            {
                await process.WaitForExitAsync(limited.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new ControlException(
                    ControlErrors.Internal,
                    $"the agent (pid {pid}) did not end in {GoneTimeout.TotalSeconds:0} seconds",
                    "run `toss logs`"
                );
            }
        }
    }
}
