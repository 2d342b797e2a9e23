using System.Diagnostics;
using System.Globalization;

namespace Toss.Testing.Platform;

/// <summary>A display of this test's own. Picks a free number, or takes the one it is told; ends only its own process.</summary>
public sealed class XvfbServer : IAsyncDisposable
{
    private readonly Process _process;

    private XvfbServer(Process process, int number)
    {
        _process = process;
        Number = number;
    }

    public int Number { get; }

    /// <summary>As in DISPLAY.</summary>
    public string Display => string.Create(CultureInfo.InvariantCulture, $":{Number}");

    /// <param name="number">Null: the server picks one and says which, so that no two tests can meet.</param>
    public static async Task<XvfbServer> StartAsync(int? number = null)
    {
        var arguments = new List<string> { "-displayfd", "1", "-screen", "0", "640x480x24", "-nolisten", "tcp" };
        if (number is { } chosen)
        {
            arguments.Insert(0, string.Create(CultureInfo.InvariantCulture, $":{chosen}"));
        }
        // -noreset: otherwise the server starts over when its last client leaves, and forgets who owns what in between.
        arguments.Add("-noreset");
        var process = Process.Start(
            new ProcessStartInfo("Xvfb", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        var line = await Watchdog.Within(process.StandardOutput.ReadLineAsync(), "Xvfb to say its display number");
        return int.TryParse(line, CultureInfo.InvariantCulture, out var ready)
            ? new(process, ready)
            : throw new InvalidOperationException("Xvfb did not start.");
    }

    /// <summary>Like a crash: SIGKILL, so that its socket and lock file stay.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Watchdog.Within(_process.WaitForExitAsync(), "Xvfb to die");
    }

    /// <summary>Like a hang: the server holds still, and goes on when the result is disposed.</summary>
    public IDisposable Freeze()
    {
        Signal("STOP");
        return new Thaw(this);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGTERM lets it remove its socket and lock file.
            Signal("TERM");
            await Watchdog.Within(_process.WaitForExitAsync(), "Xvfb to stop");
        }
        _process.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private sealed class Thaw(XvfbServer server) : IDisposable
    {
        public void Dispose() => server.Signal("CONT");
    }
}
