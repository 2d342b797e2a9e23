using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;

namespace Toss.Testing.Platform.Wayland;

/// <summary>
/// Sway without a screen, as a user that is nobody (it refuses to run as root), in a runtime folder of its own. With
/// Xwayland if asked. Ends only its own process.
/// </summary>
public sealed class SwayDesktop : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly bool _withX;
    private Process _process = null!;

    private SwayDesktop(bool withX) => _withX = withX;

    /// <summary>As in XDG_RUNTIME_DIR.</summary>
    public string RuntimeFolder => _folder["run"];

    /// <summary>As in WAYLAND_DISPLAY.</summary>
    public string Display => "wayland-1";

    public string Socket => Path.Combine(RuntimeFolder, Display);

    /// <summary>As in DISPLAY, if there is Xwayland.</summary>
    public string? XDisplay { get; private set; }

    public static async Task<SwayDesktop> StartAsync(bool withX = false)
    {
        var desktop = new SwayDesktop(withX);
        NobodysFolder.Open(desktop._folder.Path);
        await NobodysFolder.CreateAsync(desktop.RuntimeFolder);
        await desktop.StartAsync();
        return desktop;
    }

    /// <summary>Again, after <see cref="KillAsync"/>.</summary>
    public async Task StartAsync()
    {
        var ready = Path.Combine(RuntimeFolder, "ready");
        foreach (var stale in (string[])[ready, Socket, $"{Socket}.lock"])
        {
            File.Delete(stale);
        }
        await File.WriteAllTextAsync(
            _folder["config"],
            $"""
            xwayland {(_withX ? "enable" : "disable")}
            exec printf '%s\n' "$DISPLAY" > {ready}.new && mv {ready}.new {ready}

            """
        );
        var start = NobodysFolder.Run("sway", "-c", _folder["config"]);
        start.Environment["HOME"] = "/nonexistent";
        start.Environment["XDG_RUNTIME_DIR"] = RuntimeFolder;
        start.Environment["WLR_BACKENDS"] = "headless";
        start.Environment["WLR_LIBINPUT_NO_DEVICES"] = "1";
        start.Environment["WLR_RENDERER"] = "pixman";
        start.Environment.Remove("DISPLAY");
        start.Environment.Remove("WAYLAND_DISPLAY");
        start.RedirectStandardError = true;
        start.RedirectStandardOutput = true;
        _process = Process.Start(start)!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.OutputDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await Eventually.HoldsAsync(
            "sway to be ready",
            () =>
                _process.HasExited
                    ? throw new InvalidOperationException($"sway ended with {_process.ExitCode}.")
                    : Task.FromResult(File.Exists(ready) && File.Exists(Socket))
        );
        XDisplay = _withX ? (await File.ReadAllTextAsync(ready)).Trim() : null;
    }

    /// <summary>xclip on Xwayland, which lets in whoever it runs as itself, and not root.</summary>
    public X11Programs XPrograms() => new(XDisplay!, NobodysFolder.Becoming);

    /// <summary>
    /// A window of X, alone on the desktop, so that it has the focus. xev says what it hears.
    /// </summary>
    public async Task<RunningProgram> OpenXWindowAsync()
    {
        string[] command = [.. NobodysFolder.Becoming, "stdbuf", "-oL", "xev", "-event", "focus"];
        var window = RunningProgram.Start(
            command[0],
            command[1..],
            new Dictionary<string, string> { ["DISPLAY"] = XDisplay! }
        );
        await window.LineAsync("its focus", line => line.StartsWith("FocusIn", StringComparison.Ordinal));
        return window;
    }

    /// <summary>Like a crash: SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Watchdog.Within(_process.WaitForExitAsync(), "sway to die");
        _process.Dispose();
    }

    /// <summary>Like a hang: it holds still, and goes on when the result is disposed.</summary>
    public IDisposable Freeze()
    {
        Signal("STOP");
        return new Thaw(this);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // SIGTERM lets it end Xwayland.
            Signal("TERM");
            await Watchdog.Within(_process.WaitForExitAsync(), "sway to stop");
        }
        _process.Dispose();
        _folder.Dispose();
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private sealed class Thaw(SwayDesktop desktop) : IDisposable
    {
        public void Dispose() => desktop.Signal("CONT");
    }
}
