using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Toss.Testing.Net;

/// <summary>
/// A link between two namespaces that delays, loses, repeats and reorders by a seed, each direction by itself. Runs on a
/// thread of its own inside the test, so that it needs no kernel module but TUN/TAP.
/// </summary>
public sealed class TapLink : IDisposable
{
    /// <summary>How long it may take to see that it is disposed.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    private readonly TapDevice[] _devices;
    private readonly TapWay[] _ways;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private volatile bool _isCut;
    private volatile bool _isOver;

    private TapLink(TapEnd a, TapEnd b, TapWay fromA, TapWay fromB)
    {
        (A, B) = (a, b);
        _ways = [fromA, fromB];
        _devices = [new TapDevice(a.Space, a.Device), new TapDevice(b.Space, b.Device)];
        _thread = new Thread(Carry) { IsBackground = true, Name = $"link {a.Device}" };
    }

    public TapEnd A { get; }

    public TapEnd B { get; }

    public TapCounters FromA => CountersOf(_ways[0]);

    public TapCounters FromB => CountersOf(_ways[1]);

    /// <param name="network">0 to 255, one for each link of a test: 10.77.N.0/24 and fd77:N::/64, A is 1 and B is 2.</param>
    /// <param name="back">What happens from B to A, if it is not what happens from A to B.</param>
    public static TapLink Between(
        LabNamespace a,
        LabNamespace b,
        byte network,
        TapImpairment forth,
        TapImpairment? back = null,
        ulong seed = 1,
        int mtu = 1500
    )
    {
        var (fromA, fromB) = (new TapWay(forth, SeedOf(seed, 0)), new TapWay(back ?? forth, SeedOf(seed, 1)));
        var link = new TapLink(End(a, network, 1), End(b, network, 2), fromA, fromB);
        try
        {
            foreach (var end in new[] { link.A, link.B })
            {
                end.Space.Run("ip", "addr", "add", $"{end.V4}/24", "dev", end.Device);
                // Without duplicate address detection, which would take a second before the address can be used.
                end.Space.Run("ip", "-6", "addr", "add", $"{end.V6}/64", "dev", end.Device, "nodad");
                end.Space.Run("ip", "link", "set", end.Device, "address", Hardware(end));
                end.Space.Run("ip", "link", "set", end.Device, "mtu", mtu.ToString(CultureInfo.InvariantCulture), "up");
            }
            // Each knows the other's hardware: while it is asked for, what is sent waits and is overtaken, and no seed would
            // say which datagram is the first.
            Introduce(link.A, link.B);
            Introduce(link.B, link.A);
            link._thread.Start();
            return link;
        }
        catch
        {
            link._devices[0].Dispose();
            link._devices[1].Dispose();
            throw;
        }
    }

    /// <summary>The seed of one direction, for <see cref="TapFates"/>: 0 from A to B, 1 back.</summary>
    public static ulong SeedOf(ulong seed, int direction) => (seed * 2) + (ulong)direction;

    /// <summary>From now on nothing passes, and what is under way is lost. The devices stay up: nobody is told.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _isCut = true;
            _ways[0].Clear();
            _ways[1].Clear();
        }
    }

    public void Heal() => _isCut = false;

    public void Dispose()
    {
        if (_isOver)
        {
            return;
        }
        _isOver = true;
        _thread.Join();
        _devices[0].Dispose();
        _devices[1].Dispose();
    }

    private static TapEnd End(LabNamespace space, byte network, int host) =>
        new(
            space,
            string.Create(CultureInfo.InvariantCulture, $"tap{network}"),
            IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"10.77.{network}.{host}")),
            IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"fd77:{network:x}::{host}"))
        );

    /// <summary>An address of our own making (IEEE 802: the second-lowest bit), from network and host.</summary>
    private static string Hardware(TapEnd end)
    {
        var v4 = end.V4.GetAddressBytes();
        return string.Create(CultureInfo.InvariantCulture, $"02:77:00:00:{v4[2]:x2}:{v4[3]:x2}");
    }

    private static void Introduce(TapEnd whom, TapEnd to)
    {
        foreach (var address in new[] { whom.V4, whom.V6 })
        {
            to.Space.Run(
                "ip",
                "neigh",
                "replace",
                address.ToString(),
                "lladdr",
                Hardware(whom),
                "dev",
                to.Device,
                "nud",
                "permanent"
            );
        }
    }

    private TapCounters CountersOf(TapWay way)
    {
        lock (_gate)
        {
            return new TapCounters(way.Entered, way.Lost, way.Overflowed, way.Duplicated);
        }
    }

    private void Carry()
    {
        var buffer = new byte[TapDevice.MaxFrame];
        Span<LinuxCalls.PollDescriptor> polled =
        [
            new() { Descriptor = _devices[0].Descriptor, Events = LinuxCalls.PollIn },
            new() { Descriptor = _devices[1].Descriptor, Events = LinuxCalls.PollIn },
        ];
        var begin = Stopwatch.GetTimestamp();
        while (!_isOver)
        {
            LinuxCalls.Poll(polled, Wait(Stopwatch.GetElapsedTime(begin)));
            lock (_gate)
            {
                for (var i = 0; i < 2; i++)
                {
                    Take(i, buffer, begin);
                }
                for (var i = 0; i < 2; i++)
                {
                    while (_ways[i].Leave(Stopwatch.GetElapsedTime(begin)) is { } frame)
                    {
                        _devices[1 - i].Write(frame);
                    }
                }
            }
        }
    }

    private void Take(int from, byte[] buffer, long begin)
    {
        // Bounded, so that a flood one way does not hold up what is due the other way.
        for (var frames = 0; frames < 64 && _devices[from].Read(buffer) is > 0 and var length; frames++)
        {
            if (!_isCut)
            {
                _ways[from].Enter(buffer.AsSpan(0, length), Stopwatch.GetElapsedTime(begin));
            }
        }
    }

    private TimeSpan Wait(TimeSpan now)
    {
        lock (_gate)
        {
            var next = Rest;
            foreach (var way in _ways)
            {
                if (way.NextDue - now is { } due && due < next)
                {
                    next = due > TimeSpan.Zero ? due : TimeSpan.Zero;
                }
            }
            return next;
        }
    }
}
