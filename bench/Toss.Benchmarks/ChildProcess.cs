using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>A program of ours that says in a line when it is ready, may take commands, and ends with SIGTERM.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;

    public ChildProcess(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardInput = true;
        _process = Process.Start(start)!;
    }

    public int Id => _process.Id;

    /// <summary>The next line, come or to come.</summary>
    public async Task<string> ReadLineAsync() =>
        await Watchdog.Within(_process.StandardOutput.ReadLineAsync(), $"a line of {_process.ProcessName}")
        ?? throw new InvalidOperationException("a program ended before it said what was waited for");

    public Task WriteLineAsync(string command) => _process.StandardInput.WriteLineAsync(command);

    public async ValueTask DisposeAsync()
    {
        using (var kill = Process.Start("kill", [_process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }
        await Watchdog.Within(_process.WaitForExitAsync(), "a program to end");
        _process.Dispose();
    }
}
