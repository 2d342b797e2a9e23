using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;

namespace Toss.Testing.Platform.Wayland;

/// <summary>
/// GNOME's compositor without a screen, on a bus of its own, as nobody. It has no data-control. Its user copies and pastes
/// on the Wayland side, through the compositor's interface for remote desktops (rd.py, which speaks D-Bus).
/// </summary>
public sealed class MutterDesktop : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _heard = [];
    private Process? _daemon;
    private Process _process = null!;
    private Process _user = null!;

    private string Bus => $"unix:path={RuntimeFolder}/bus";

    private MutterDesktop() { }

    public string RuntimeFolder => _folder["run"];

    /// <summary>As in WAYLAND_DISPLAY.</summary>
    public string Display { get; private set; } = "";

    /// <summary>As in DISPLAY and XAUTHORITY.</summary>
    public string XDisplay { get; private set; } = "";

    public string XAuthority { get; private set; } = "";

    public static async Task<MutterDesktop> StartAsync()
    {
        var desktop = new MutterDesktop();
        NobodysFolder.Open(desktop._folder.Path);
        await NobodysFolder.CreateAsync(desktop.RuntimeFolder);
        // X servers put their sockets there; in a fresh container nobody has made it yet.
        Directory.CreateDirectory("/tmp/.X11-unix", (UnixFileMode)0b011_1111_1111);
        await desktop.StartCompositorAsync();
        await desktop.StartUserAsync();
        return desktop;
    }

    /// <summary>The user copies in a program of Wayland.</summary>
    public Task CopyAsync(byte[] content, string type) => AskAsync($"copy {type} {Convert.ToBase64String(content)}");

    /// <summary>The user pastes in a program of Wayland.</summary>
    public async Task<byte[]> PasteAsync(string type) => Convert.FromBase64String(await AskAsync($"paste {type}"));

    /// <summary>What the Wayland side offers now, by the compositor's last word.</summary>
    public async Task<string[]> TypesAsync() => (await AskAsync("types")).Split(' ');

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Process?[])[_user, _process, _daemon])
        {
            if (process is { HasExited: false })
            {
                using (var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]))
                {
                    await kill.WaitForExitAsync();
                }
                await Watchdog.Within(process.WaitForExitAsync(), "a process of the desktop to end");
            }
            process?.Dispose();
        }
        _folder.Dispose();
    }

    private async Task StartCompositorAsync()
    {
        var bus = NobodysFolder.Run("dbus-daemon", "--session", "--nofork", "--nopidfile", $"--address={Bus}");
        Prepare(bus);
        _daemon = Process.Start(bus)!;
        await Eventually.HoldsAsync("the bus", () => Task.FromResult(File.Exists(Path.Combine(RuntimeFolder, "bus"))));
        var start = NobodysFolder.Run("mutter", "--headless", "--wayland", "--virtual-monitor", "800x600");
        Prepare(start);
        start.Environment["LIBGL_ALWAYS_SOFTWARE"] = "1";
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Hear(line.Data);
        _process.ErrorDataReceived += (_, line) => Hear(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        // "Using public X11 display :0, (using :1 for managed services)", "Using Wayland display name 'wayland-0'"
        XDisplay = (await HeardAsync("X11 display ")).Split(',', ' ')[0];
        Display = (await HeardAsync("Wayland display name '")).Split('\'')[0];
        XAuthority = await Eventually.SeesAsync(
            "mutter to write its Xauthority",
            () => Task.FromResult(Directory.GetFiles(RuntimeFolder, ".mutter-Xwaylandauth*").FirstOrDefault())
        );
    }

    private async Task StartUserAsync()
    {
        await File.WriteAllTextAsync(_folder["rd.py"], RemoteDesktopScript.Text);
        File.SetUnixFileMode(_folder["rd.py"], (UnixFileMode)0b110_100_100);
        var start = NobodysFolder.Run("/usr/bin/python3", _folder["rd.py"]);
        Prepare(start);
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        _user = Process.Start(start)!;
        _user.ErrorDataReceived += (_, line) => Hear(line.Data);
        _user.BeginErrorReadLine();
        await AskAsync("types");
    }

    private async Task<string> AskAsync(string question)
    {
        await _user.StandardInput.WriteLineAsync(question);
        await _user.StandardInput.FlushAsync();
        var answer = await Watchdog.Within(
            _user.StandardOutput.ReadLineAsync(),
            $"the desktop's user to answer: {question.Split(' ')[0]} {question.Split(' ').ElementAtOrDefault(1)}"
        );
        return answer ?? throw new InvalidOperationException($"The desktop's user ended: {string.Join('\n', _heard)}");
    }

    private void Prepare(ProcessStartInfo start)
    {
        start.Environment["DBUS_SESSION_BUS_ADDRESS"] = Bus;
        start.Environment["HOME"] = RuntimeFolder;
        start.Environment["XDG_RUNTIME_DIR"] = RuntimeFolder;
        // No system bus: nothing of this machine's.
        start.Environment["DBUS_SYSTEM_BUS_ADDRESS"] = $"unix:path={RuntimeFolder}/none";
        start.Environment.Remove("DISPLAY");
        start.Environment.Remove("WAYLAND_DISPLAY");
    }

    private void Hear(string? line)
    {
        lock (_heard)
        {
            _heard.Add(line ?? "");
        }
    }

    private Task<string> HeardAsync(string before) =>
        Eventually.SeesAsync(
            $"mutter to say: {before}",
            () =>
            {
                lock (_heard)
                {
                    var line = _heard.Find(one => one.Contains(before, StringComparison.Ordinal));
                    return Task.FromResult(line?[(line.IndexOf(before, StringComparison.Ordinal) + before.Length)..]);
                }
            },
            () => Task.FromResult(string.Join('\n', _heard))
        );
}
