using Toss.Testing.Net;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>
/// A desktop with KDE Connect and nothing else: Debian's kdeconnectd, a session bus and a home of its own. Its clipboard
/// plug-in is on from the beginning.
/// </summary>
internal sealed class KdeConnect : IAsyncDisposable
{
    private const string Name = "org.kde.kdeconnect";
    private const string Modules = "/modules/kdeconnect";

    /// <summary>Attempts to pair; where the connections of both cross, the object that was asked vanishes.</summary>
    private const int Attempts = 10;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private readonly LabNamespace _machine;
    private readonly string[] _environment;
    private readonly Stack<RunningProgram> _running = new();
    private string _id = "";

    private KdeConnect(LabNamespace machine, string display, string name)
    {
        _machine = machine;
        Directory.CreateDirectory(_folder["config/kdeconnect"]);
        File.WriteAllText(_folder["config/kdeconnect/config"], $"[General]\nname={name}\n");
        RunningProgram.Run("mkdir", ["-m", "700", _folder["run"]]);
        _environment =
        [
            "--unset=WAYLAND_DISPLAY",
            "--unset=XAUTHORITY",
            $"HOME={_folder.Path}",
            $"XDG_RUNTIME_DIR={_folder["run"]}",
            $"XDG_CONFIG_HOME={_folder["config"]}",
            $"XDG_DATA_HOME={_folder["data"]}",
            $"XDG_CACHE_HOME={_folder["cache"]}",
            $"DISPLAY={display}",
            "QT_QPA_PLATFORM=xcb",
            $"DBUS_SESSION_BUS_ADDRESS=unix:path={_folder["run/bus"]}",
            $"DBUS_SYSTEM_BUS_ADDRESS=unix:path={_folder["none"]}",
        ];
    }

    /// <summary>As Debian counts it.</summary>
    public static string Version => RunningProgram.Run("dpkg-query", ["-W", "-f=${Version}", "kdeconnect"]);

    public int Process { get; private set; }

    public static async Task<KdeConnect> StartAsync(LabNamespace machine, string display, string name)
    {
        // Its broadcast goes to 255.255.255.255.
        machine.Run("ip", "route", "add", "default", "dev", LabSwitch.Device);
        var node = new KdeConnect(machine, display, name);
        try
        {
            var bus = node._folder["run/bus"];
            node.Start("dbus-daemon", "--session", $"--address=unix:path={bus}", "--nofork", "--nopidfile");
            await Eventually.HoldsAsync("the session bus", () => Task.FromResult(File.Exists(bus)));
            node.Process = node.Start(Daemon()).Pid;
            // A call before the daemon has its name would have the bus start another one.
            await Eventually.HoldsAsync(
                "kdeconnectd on its bus",
                () =>
                    Task.FromResult(
                        node.Call("org.freedesktop.DBus", "/", "org.freedesktop.DBus.NameHasOwner", Name)
                            .Contains("true", StringComparison.Ordinal)
                    )
            );
            node._id = node.Call(Name, Modules, $"{Name}.daemon.selfId").Trim('(', ')', ',', '\'', '\n');
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public async Task PairAsync(KdeConnect other)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            await MeetAsync(other);
            Try("kdeconnect-cli", "--pair", "-d", other._id);
            if (
                await SoonAsync(() =>
                    other.OfDevice(_id, "hasPairingRequests").Contains("true", StringComparison.Ordinal)
                )
                && other.OfDevice(_id, "acceptPairing").Length > 0
                && await SoonAsync(() =>
                    Try("kdeconnect-cli", "-a", "--id-only").Contains(other._id, StringComparison.Ordinal)
                )
            )
            {
                return;
            }
        }
        throw new InvalidOperationException(
            $"KDE Connect did not pair: {string.Join('\n', _running.Select(one => one.Tail()))}"
        );
    }

    public async ValueTask DisposeAsync()
    {
        while (_running.TryPop(out var next))
        {
            await next.DisposeAsync();
        }
        _folder.Dispose();
    }

    private static string Daemon() =>
        Directory.EnumerateFiles("/usr/lib", "kdeconnectd", SearchOption.AllDirectories).FirstOrDefault()
        ?? throw new FileNotFoundException("kdeconnectd is not installed: apt-get install kdeconnect");

    private async Task MeetAsync(KdeConnect other)
    {
        await Task.Delay(10 * s_look); // connections that cross settle
        await Eventually.HoldsAsync(
            "two of KDE Connect to see each other",
            async () =>
            {
                if (Sees(other) && other.Sees(this))
                {
                    return true;
                }
                Call(Name, Modules, $"{Name}.daemon.forceOnNetworkChange");
                await Task.Delay(10 * s_look);
                return false;
            }
        );
    }

    private bool Sees(KdeConnect other) =>
        Call(Name, Modules, $"{Name}.daemon.devices", "true", "false").Contains(other._id, StringComparison.Ordinal);

    private string OfDevice(string id, string method) =>
        Call(Name, $"{Modules}/devices/{id}", $"{Name}.device.{method}");

    private string Call(string destination, string path, string method, params string[] arguments) =>
        Try("gdbus", ["call", "--session", "--dest", destination, "-o", path, "-m", method, .. arguments]);

    /// <summary>What it printed; nothing where it failed, as it may while things come up.</summary>
    private string Try(string program, params string[] arguments)
    {
        try
        {
            return _machine.Run("env", [.. _environment, program, .. arguments]);
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }

    private RunningProgram Start(string program, params string[] arguments)
    {
        var started = _machine.Start("env", [.. _environment, program, .. arguments]);
        _running.Push(started);
        return started;
    }

    private static async Task<bool> SoonAsync(Func<bool> holds)
    {
        for (var i = 0; i < 30; i++)
        {
            if (holds())
            {
                return true;
            }
            await Task.Delay(s_look);
        }
        return false;
    }
}
