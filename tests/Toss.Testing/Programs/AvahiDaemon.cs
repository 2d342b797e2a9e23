using Toss.Testing.Net;
using Toss.Testing.Platform;

namespace Toss.Testing.Programs;

/// <summary>
/// Avahi on a machine of the lab, with a system bus and a folder for its pid of its own: the multicast DNS that is on most
/// Linux desktops, not ours. Debian: avahi-daemon, avahi-utils, dbus-daemon.
/// </summary>
public sealed class AvahiDaemon : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LabNamespace _machine;
    private RunningProgram? _bus;
    private RunningProgram? _daemon;

    private AvahiDaemon(LabNamespace machine) => _machine = machine;

    public static async Task<AvahiDaemon> StartAsync(LabNamespace machine, string hostName)
    {
        var avahi = new AvahiDaemon(machine);
        try
        {
            await avahi.StartAsync(hostName);
            return avahi;
        }
        catch
        {
            await avahi.DisposeAsync();
            throw;
        }
    }

    /// <summary>What `avahi-browse` resolves now, one line each: `=;device;IPv4;name;type;domain;host;address;port;"text"`.</summary>
    public string[] Browse(string type) =>
        [
            .. _machine
                .Run("env", OnBus("avahi-browse", "--resolve", "--parsable", "--terminate", "--no-db-lookup", type))
                .Split('\n')
                .Where(static line => line.StartsWith('=')),
        ];

    /// <summary>`avahi-publish-service`, until it is disposed.</summary>
    public async Task<RunningProgram> PublishAsync(string name, string type, int port, string text)
    {
        var publisher = _machine.Start(
            "env",
            OnBus(
                "avahi-publish-service",
                name,
                type,
                port.ToString(System.Globalization.CultureInfo.InvariantCulture),
                text
            )
        );
        await publisher.LineAsync("its name", static line => line.Contains("Established", StringComparison.Ordinal));
        return publisher;
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }
        if (_bus is not null)
        {
            await _bus.DisposeAsync();
        }
        _folder.Dispose();
    }

    private async Task StartAsync(string hostName)
    {
        await File.WriteAllTextAsync(
            _folder["bus.conf"],
            $"""
            <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
              "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
            <busconfig>
              <type>system</type><listen>{Bus}</listen><auth>EXTERNAL</auth>
              <policy context="default">
                <allow user="*"/><allow own="*"/><allow send_destination="*"/><allow receive_sender="*"/>
                <allow send_type="method_call"/>
              </policy>
            </busconfig>
            """
        );
        await File.WriteAllTextAsync(
            _folder["avahi.conf"],
            $"""
            [server]
            host-name={hostName}
            allow-interfaces={LabSwitch.Device}
            [wide-area]
            enable-wide-area=no
            """
        );
        _bus = RunningProgram.Start(
            "dbus-daemon",
            ["--config-file", _folder["bus.conf"], "--nofork", "--print-address"]
        );
        await _bus.LineAsync("an address", static line => line.StartsWith("unix:", StringComparison.Ordinal));
        // Its pid file has one name on a machine; `ip netns exec` gives mounts of its own.
        _daemon = _machine.Start(
            "env",
            OnBus(
                "sh",
                "-c",
                "mkdir -p /run/avahi-daemon && mount -t tmpfs none /run/avahi-daemon && "
                    + $"exec avahi-daemon --file {_folder["avahi.conf"]} --no-drop-root --no-chroot --no-rlimits"
            )
        );
        await _daemon.LineAsync(
            "to be ready",
            static line => line.Contains("Server startup complete", StringComparison.Ordinal)
        );
    }

    private string Bus => $"unix:path={_folder["bus"]}";

    /// <summary>What `env` is to run, with the bus of this machine for the system's.</summary>
    private List<string> OnBus(string program, params IReadOnlyList<string> arguments) =>
        [$"DBUS_SYSTEM_BUS_ADDRESS={Bus}", program, .. arguments];
}
