using System.Runtime.InteropServices;
using Toss.Cli.Commands;

namespace Toss.Cli;

internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        using var stop = new CancellationTokenSource();
        // The first signal asks the command to end in order; the second one ends the process.
        void OnSignal(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        using var hungUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, OnSignal);
        return await CommandTree.RunAsync(arguments, SystemHost.Create(), stop.Token);
    }
}
