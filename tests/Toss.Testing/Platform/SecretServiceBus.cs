using System.Diagnostics;

namespace Toss.Testing.Platform;

/// <summary>
/// A session bus of this test's own, and GNOME Keyring on it when asked. The bus starts no services by itself. This
/// process's DBUS_SESSION_BUS_ADDRESS points to it meanwhile, so tests that use it run one at a time.
/// </summary>
public sealed class SecretServiceBus : IAsyncDisposable
{
    private const string Variable = "DBUS_SESSION_BUS_ADDRESS";

    private readonly TemporaryFolder _folder = new();
    private EnvironmentVariable? _address;
    private Process? _bus;
    private Process? _keyring;

    public string Address => $"unix:path={_folder["bus"]}";

    public static async Task<SecretServiceBus> StartAsync()
    {
        var bus = new SecretServiceBus();
        Directory.CreateDirectory(bus._folder["home"]);
        Directory.CreateDirectory(
            bus._folder["run"],
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        await bus.StartBusAsync();
        // GLib reads the C library's environment.
        bus._address = new EnvironmentVariable(Variable, bus.Address);
        return bus;
    }

    public async Task StartBusAsync()
    {
        await File.WriteAllTextAsync(
            _folder["bus.conf"],
            $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
             "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>session</type>
              <listen>{Address}</listen>
              <policy context="default">
                <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
              </policy>
            </busconfig>
            """
        );
        File.Delete(_folder["bus"]);
        _bus = Process.Start(
            new ProcessStartInfo(
                "dbus-daemon",
                [$"--config-file={_folder["bus.conf"]}", "--nofork", "--nopidfile", "--print-address=1"]
            )
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _bus.ErrorDataReceived += (_, _) => { };
        _bus.BeginErrorReadLine();
        await Watchdog.Within(_bus.StandardOutput.ReadLineAsync(), "the bus to say its address");
    }

    public async Task KillBusAsync()
    {
        _bus!.Kill();
        await Watchdog.Within(_bus.WaitForExitAsync(), "the bus to die");
    }

    /// <summary>
    /// The same keyring each time. The first password makes it; with another one it stays locked. Never empty: that makes
    /// no keyring at all.
    /// </summary>
    public async Task StartKeyringAsync(string password)
    {
        var start = new ProcessStartInfo("gnome-keyring-daemon", ["--unlock", "--foreground", "--components=secrets"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Prepare(start);
        _keyring = Process.Start(start)!;
        _keyring.ErrorDataReceived += (_, _) => { };
        _keyring.BeginErrorReadLine();
        await _keyring.StandardInput.WriteAsync(password);
        _keyring.StandardInput.Close();
        // "GNOME_KEYRING_CONTROL=…": it is set up. Its name on the bus comes a moment later.
        await Watchdog.Within(_keyring.StandardOutput.ReadLineAsync(), "the keyring to start");
        while (await RunAsync("gdbus", NameHasOwner) != "(true,)") { }
    }

    public async Task StopKeyringAsync()
    {
        _keyring!.Kill();
        await Watchdog.Within(_keyring.WaitForExitAsync(), "the keyring to stop");
    }

    /// <summary>The keyring's process holds still until the result is disposed.</summary>
    public IDisposable FreezeKeyring()
    {
        Signal("STOP");
        return new Thaw(this);
    }

    /// <summary>secret-tool, a program that knows nothing of us. Its output, trimmed.</summary>
    public Task<string> SecretToolAsync(params string[] arguments) => RunAsync("secret-tool", arguments);

    public Task<string> SecretToolStoreAsync(string secret, params string[] attributes) =>
        RunAsync("secret-tool", ["store", "--label=test", .. attributes], secret);

    public async ValueTask DisposeAsync()
    {
        foreach (var process in (Process?[])[_keyring, _bus])
        {
            if (process is { HasExited: false })
            {
                process.Kill();
                await Watchdog.Within(process.WaitForExitAsync(), "a process to end");
            }
            process?.Dispose();
        }
        _address?.Dispose();
        _folder.Dispose();
    }

    private static readonly string[] NameHasOwner =
    [
        "call",
        "--session",
        "--dest=org.freedesktop.DBus",
        "--object-path=/org/freedesktop/DBus",
        "--method=org.freedesktop.DBus.NameHasOwner",
        "org.freedesktop.secrets",
    ];

    private async Task<string> RunAsync(string program, string[] arguments, string? input = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        Prepare(start);
        using var process = Process.Start(start)!;
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }
        process.StandardInput.Close();
        var output = await Watchdog.Within(process.StandardOutput.ReadToEndAsync(), $"{program} to answer");
        await Watchdog.Within(process.WaitForExitAsync(), $"{program} to end");
        return output.Trim();
    }

    private void Prepare(ProcessStartInfo start)
    {
        start.Environment[Variable] = Address;
        start.Environment["HOME"] = _folder["home"];
        start.Environment["XDG_DATA_HOME"] = _folder["home"];
        start.Environment["XDG_RUNTIME_DIR"] = _folder["run"];
        start.Environment.Remove("DISPLAY");
        start.Environment.Remove("WAYLAND_DISPLAY");
    }

    private void Signal(string name)
    {
        using var kill = Process.Start(
            "kill",
            [$"-{name}", _keyring!.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]
        );
        kill.WaitForExit();
    }

    private sealed class Thaw(SecretServiceBus bus) : IDisposable
    {
        public void Dispose() => bus.Signal("CONT");
    }
}
