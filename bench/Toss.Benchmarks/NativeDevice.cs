using System.Diagnostics;
using Toss.Control;
using Toss.Platform.Hosting;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>One device: the native program, a home of its own, and on X11 a display of its own.</summary>
internal sealed class NativeDevice : IAsyncDisposable
{
    private readonly string _home;
    private readonly string _program;
    private readonly XvfbServer? _display;
    private readonly HttpControl _control;

    private NativeDevice(string program, string home, XvfbServer? display)
    {
        _program = program;
        _home = home;
        _display = display;
        var folders = TossFolders.From(name => name == "TOSS_HOME" ? home : null, 0, _ => false);
        _control = new HttpControl(folders.ControlSocket);
    }

    public IControl Control => _control;

    public string Display => _display!.Display;

    public int Process { get; private set; }

    /// <summary>Bytes on the disk: the database and its write-ahead log.</summary>
    public long StoredBytes =>
        Directory.GetFiles(_home, "toss.db*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);

    /// <summary>`toss up`, as a user would; it returns when the agent is ready.</summary>
    public static async Task<NativeDevice> StartAsync(string program, string home, string? relay, bool headless)
    {
        var display = headless ? null : await XvfbServer.StartAsync();
        var device = new NativeDevice(program, home, display);
        string[] arguments =
        [
            "up",
            "--name",
            Path.GetFileName(home),
            .. relay is null ? Array.Empty<string>() : ["--relay", relay],
            .. headless ? ["--headless"] : Array.Empty<string>(),
        ];
        await device.RunAsync(arguments);
        device.Process = (await device.Control.GetStatusAsync(CancellationToken.None)).Daemon.Pid;
        return device;
    }

    /// <summary>Runs `toss` with these arguments here and returns how long that took, from the start of the process to its end.</summary>
    public async Task<TimeSpan> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(_program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TOSS_HOME"] = _home;
        start.Environment["DISPLAY"] = _display?.Display;
        // The keyring of the person who measures is none of our business.
        foreach (var name in (string[])["XAUTHORITY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"])
        {
            start.Environment.Remove(name);
        }
        var begin = Stopwatch.GetTimestamp();
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await Watchdog.Within(process.WaitForExitAsync(), $"toss {arguments[0]} to end");
        var took = Stopwatch.GetElapsedTime(begin);
        await output;
        return process.ExitCode == 0
            ? took
            : throw new InvalidOperationException($"toss {arguments[0]}: {process.ExitCode}, {await errors}");
    }

    public async Task SeePeerAsync()
    {
        await Watchdog.Within(LookAsync(), "the devices to see each other");

        async Task LookAsync()
        {
            while ((await Control.GetStatusAsync(CancellationToken.None)).Peers.All(peer => !peer.Online))
            {
                await Task.Delay(10);
            }
        }
    }

    public async Task ConnectAsync()
    {
        await Watchdog.Within(LookAsync(), "the device to reach the relay");

        async Task LookAsync()
        {
            while ((await Control.GetStatusAsync(CancellationToken.None)).Relay.State != "connected")
            {
                await Task.Delay(10);
            }
        }
    }

    /// <summary>Pairs the two and returns the time from the code's entry to the word that it is done.</summary>
    public Task<TimeSpan> PairAsync(NativeDevice joiner, string relay) => PairAsync(Control, joiner.Control, relay);

    /// <param name="relay">Null: in one network.</param>
    public static async Task<TimeSpan> PairAsync(IControl member, IControl joiner, string? relay)
    {
        var shown = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var inviting = InviteAsync();
        var code = await Watchdog.Within(shown.Task, "the code");
        var begin = Stopwatch.GetTimestamp();
        RequireDone(await Watchdog.Within(JoinAsync(), "the newcomer to join"));
        var took = Stopwatch.GetElapsedTime(begin);
        RequireDone(await Watchdog.Within(inviting, "the inviter to be done"));
        return took;

        async Task<PairingEvent?> InviteAsync()
        {
            PairingEvent? last = null;
            await foreach (var next in member.OpenPairingAsync(new OpenPairingRequest(true), CancellationToken.None))
            {
                last = next;
                if (next is PairingOpened opened)
                {
                    shown.SetResult(opened.Code ?? opened.Uri);
                }
            }
            return last;
        }

        async Task<PairingEvent?> JoinAsync()
        {
            PairingEvent? last = null;
            await foreach (var next in joiner.JoinAsync(new JoinRequest(code, relay), CancellationToken.None))
            {
                last = next;
            }
            return last;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("down");
        _control.Dispose();
        if (_display is not null)
        {
            await _display.DisposeAsync();
        }
    }

    private static void RequireDone(PairingEvent? last)
    {
        if (last is not PairingDone)
        {
            throw new InvalidOperationException($"pairing failed: {last}");
        }
    }
}
