using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>A server that says one line when it is ready, and ends with SIGTERM.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    public ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
    }

    public int Id => _process.Id;

    public async Task<string> FirstLineAsync() =>
        await Watchdog.Within(_process.StandardOutput.ReadLineAsync(), $"{_process.ProcessName} to be ready")
        ?? throw new InvalidOperationException("a server ended before it was ready");

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", [_process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }
        await Watchdog.Within(_process.WaitForExitAsync(), "a server to end");
        _process.Dispose();
    }
}
