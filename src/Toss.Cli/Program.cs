using System.Runtime.InteropServices;
using Toss.Cli.Commands;

namespace Toss.Cli;

internal static class Program
{
    /// <summary>What Windows itself waits for, before it ends a process whose console was closed.</summary>
    private static readonly TimeSpan WindowsPatience = TimeSpan.FromSeconds(5);

    public static async Task<int> Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        using var ended = new ManualResetEventSlim();
        // The first signal asks the command to end in order; the second one ends the process.
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
            // Closing a console of Windows, or the session, ends the process as soon as it was told.
            if (OperatingSystem.IsWindows() && context.Signal is not PosixSignal.SIGINT)
            {
                ended.Wait(WindowsPatience);
            }
        }
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        try
        {
            return await CommandTree.RunAsync(arguments, SystemHost.Create(), stop.Token);
        }
        finally
        {
            ended.Set();
        }
    }
}
