using System.Buffers.Binary;
using System.Net;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Recovery;
using Toss.Quic.Streams;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Testing.Quic;

/// <summary>
/// One seeded life of a connection: what the applications send, and what the network does meanwhile. It checks at every
/// step what must always hold, heals the network at the end, and demands that all arrives without a long stall.
/// </summary>
internal sealed class QuicSchedule
{
    /// <summary>The network is bad for at most so long.</summary>
    private const double BadSeconds = 20;

    /// <summary>And when it is good again, all that waits needs no more than this.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Longer than the network is bad and probes are backed off then.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(60);

    /// <summary>More than the handshake's messages ever are.</summary>
    private const int HandshakeBytes = 1 << 18;

    private static readonly ConnectionOptions s_options = QuicPair.Options(isClient: true);

    private readonly Random _random;
    private readonly QuicPair _pair;
    private readonly ulong _seed;
    private long _datagrams;
    private long _progress;
    private Instant _progressAt;

    private QuicSchedule(ulong seed)
    {
        _seed = seed;
        _random = new Random((int)seed);
        var congestion = _random.Next(2) == 0 ? CongestionControl.NewReno : CongestionControl.Bbr;
        var batch = _random.Next(1, 12);
        _pair = new QuicPair(
            seed,
            DrawLink(),
            options =>
                options with
                {
                    Congestion = congestion,
                    BatchSegments = batch,
                    HandshakeTimeout = TimeSpan.FromMinutes(2),
                    IdleTimeout = s_idle,
                    // Only the client's packets tell the server where it is after a NAT forgot it.
                    KeepAlive = TimeSpan.FromSeconds(1),
                },
            options =>
                options with
                {
                    Congestion = congestion,
                    HandshakeTimeout = TimeSpan.FromMinutes(2),
                    IdleTimeout = s_idle,
                }
        );
        _ = new AmplificationWatch(_pair);
    }

    /// <summary>A digest of all that was carried: equal for equal seeds.</summary>
    public static string Run(ulong seed)
    {
        var schedule = new QuicSchedule(seed);
        try
        {
            schedule.Live();
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}: {exception.Message}\n{schedule.Describe()}", exception);
        }
        return schedule._pair.Net.LogDigest;
    }

    private void Live()
    {
        _pair.Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.3"), 1001));
        _pair.Dial();
        var events = _random.Next(2, 14);
        var until = _pair.Scheduler.Ticks + (long)(BadSeconds * TimeSpan.TicksPerSecond);
        DrawTraffic();
        for (var i = 0; i < events && _pair.Scheduler.Ticks < until; i++)
        {
            Happen();
            Step(_random.NextDouble() * 1.5);
        }
        Heal();
        Finish();
        if (_random.Next(3) == 0)
        {
            Travel();
        }
        else
        {
            // Longer than the idle time-out: only the keep-alives are left.
            Step(s_idle.TotalSeconds * 1.2);
        }
    }

    private void Happen()
    {
        switch (_random.Next(8))
        {
            case 0 or 1:
                DrawTraffic();
                break;
            case 2:
                _pair.Net.Link = DrawLink();
                break;
            case 3:
                _pair.Net.Cut("client", "server");
                Step(_random.NextDouble() * 4);
                _pair.Net.Heal("client", "server");
                break;
            case 4:
                Migrate();
                break;
            case 5:
                (_random.Next(2) == 0 ? _pair.AtClient! : _pair.AtServer)?.UpdateKeys();
                _pair.Push();
                break;
            case 6:
                SendDatagrams();
                break;
            default:
                Rebind();
                break;
        }
    }

    private void DrawTraffic()
    {
        for (var left = _random.Next(1, 4); left > 0; left--)
        {
            var traffic = _random.Next(2) == 0 ? _pair.ClientTraffic : _pair.ServerTraffic;
            var length = _random.Next(24) switch
            {
                0 => 3_000_000,
                < 6 => _random.Next(400_000),
                < 9 => 0,
                _ => _random.Next(3000),
            };
            traffic.Send(length, unidirectional: _random.Next(2) == 0);
        }
        _pair.Push();
    }

    private void Migrate()
    {
        var to = _pair.ToServer with { Carrier = _random.Next(2) };
        _ =
            _random.Next(3) == 0
                ? _pair.AtClient!.TryProbe(to, _pair.Client.Now)
                : _pair.AtClient!.TryMigrate(to, _pair.Client.Now);
        _pair.Client.Touch(_pair.AtClient!);
    }

    /// <summary>
    /// The client's packets come from elsewhere from now on, and it does not know. Before the handshake is confirmed no
    /// peer may move (RFC 9000 §9).
    /// </summary>
    private void Rebind()
    {
        if (_pair.AtClient!.IsConfirmed)
        {
            _pair.Client.Rebind(_random.Next(2));
        }
    }

    private void SendDatagrams()
    {
        for (var left = _random.Next(1, 5); left > 0; left--)
        {
            var datagram = new byte[_random.Next(sizeof(long), 1100)];
            BinaryPrimitives.WriteInt64LittleEndian(datagram, _datagrams++);
            _ = _pair.AtClient!.TrySendDatagram(datagram);
        }
        _pair.Client.Touch(_pair.AtClient!);
    }

    private SimLink DrawLink()
    {
        var isBad = _random.Next(2) == 0;
        return new SimLink
        {
            Delay = TimeSpan.FromMilliseconds(_random.Next(1, 120)),
            Jitter = TimeSpan.FromMilliseconds(_random.Next(30)),
            Loss = isBad ? _random.NextDouble() * 0.25 : 0,
            Duplication = isBad ? _random.NextDouble() * 0.1 : 0,
            Reordering = _random.Next(3) == 0 ? _random.NextDouble() * 0.3 : 0,
            Mtu = _random.Next(3) == 0 ? _random.Next(1228, 1500) : 1500,
            BytesPerSecond = _random.Next(2) == 0 ? _random.Next(50_000, 2_000_000) : null,
            MarksAbove = _random.Next(2) == 0 ? TimeSpan.FromMilliseconds(_random.Next(1, 50)) : null,
            BleachesEcn = _random.Next(4) == 0,
            DropsEcn = _random.Next(8) == 0,
        };
    }

    /// <summary>All is well again, though the path may be narrower than it was.</summary>
    private void Heal()
    {
        _pair.Net.Heal("client", "server");
        var mtu = _random.Next(3) == 0 ? 1228 : 1500;
        _pair.Net.Link = new SimLink
        {
            Delay = TimeSpan.FromMilliseconds(20),
            Jitter = TimeSpan.Zero,
            Mtu = mtu,
        };
    }

    /// <summary>From address to address, more of them than there are connection IDs at a time.</summary>
    private void Travel()
    {
        for (var left = 10; left > 0; left--)
        {
            var carrier = _pair.Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.3"), 2000 + left));
            Assert.True(_pair.AtClient!.TryMigrate(_pair.ToServer with { Carrier = carrier }, _pair.Client.Now));
            _pair.Client.Touch(_pair.AtClient);
            // The client goes there when it is answered, and what it then sends takes the server along.
            Step(1.2);
            Assert.Equal(carrier, _pair.AtClient.Path.Carrier);
            var local = SocketAddresses.ToPath(_pair.Client.Local(carrier), 0);
            Assert.Equal((local.Address, local.Port), (_pair.AtServer!.Path.Address, _pair.AtServer.Path.Port));
        }
    }

    private void Finish()
    {
        var healed = _progressAt = _pair.Client.Now;
        _progress = Progress;
        while (!IsDone)
        {
            var stall = LongestStall();
            Step(0.02);
            if (Progress != _progress)
            {
                (_progress, _progressAt) = (Progress, _pair.Client.Now);
            }
            var waited = _pair.Client.Now - _progressAt;
            Assert.True(waited < stall, $"nothing moved for {waited} ({stall} allowed)");
            Assert.True(_pair.Client.Now - healed < s_patience, $"not done {s_patience} after the network is well");
        }
        var done = _pair.Client.Now;
        while (!IsAtRest(_pair.AtClient!) || !IsAtRest(_pair.AtServer!))
        {
            Step(0.01);
            // The search for the path's MTU goes on: each probe that is lost is missed by a time-out only.
            Assert.True(_pair.Client.Now - done < 2 * s_patience, $"no rest {2 * s_patience} after all is done");
        }
        var serials = _pair.ServerTraffic.Datagrams.ConvertAll(one => BinaryPrimitives.ReadInt64LittleEndian(one));
        Assert.Equal(serials.Count, serials.Distinct().Count());
    }

    /// <summary>Everything is acknowledged, nothing is waited for, nothing is held.</summary>
    private static bool IsAtRest(Connection connection)
    {
        var recovery = connection.Recovery;
        return recovery.Path(recovery.ActivePath).BytesInFlight == 0
            && recovery.ProbeCount == 0
            && connection.BytesHeld == 0;
    }

    private bool IsDone => _pair.AtServer is not null && _pair.AtClient!.IsConfirmed && _pair.IsDone;

    private long Progress =>
        _pair.ClientTraffic.BytesRead
        + _pair.ServerTraffic.BytesRead
        + _pair.ClientTraffic.Delivered
        + _pair.ServerTraffic.Delivered
        + (_pair.AtClient!.Recovery.Space(PacketSpace.Application).LargestAcked)
        + (_pair.AtClient.IsConfirmed ? 1 : 0);

    /// <summary>Three probe time-outs as they are backed off now, and the round trip of what then moves.</summary>
    private TimeSpan LongestStall()
    {
        var longest = TimeSpan.Zero;
        foreach (var connection in (Connection?[])[_pair.AtClient, _pair.AtServer])
        {
            if (connection is null)
            {
                continue;
            }
            var recovery = connection.Recovery;
            var probe = recovery.Path(recovery.ActivePath).Rtt.Probe + recovery.MaxAckDelay;
            var backedOff = probe * (1 << Math.Min(recovery.ProbeCount, 10));
            longest = backedOff > longest ? backedOff : longest;
        }
        _stall = longest > _stall ? longest : _stall * 0.999;
        return (_stall * 3) + TimeSpan.FromSeconds(1);
    }

    // Falls slowly: a time-out that was backed off has been waited for before it shrinks.
    private TimeSpan _stall = TimeSpan.FromSeconds(3);

    private void Step(double seconds)
    {
        var end = _pair.Scheduler.Ticks + (long)(seconds * TimeSpan.TicksPerSecond);
        while (_pair.Scheduler.Ticks < end)
        {
            _pair.RunFor(Math.Min(0.1, (end - _pair.Scheduler.Ticks) / (double)TimeSpan.TicksPerSecond));
            Check(_pair.AtClient);
            Check(_pair.AtServer);
        }
    }

    private static void Check(Connection? connection)
    {
        if (connection is null)
        {
            return;
        }
        Assert.Null(connection.Closed);
        var inFlight = 0L;
        for (var path = 0; path < connection.Recovery.PathCount; path++)
        {
            var bytes = connection.Recovery.Path(path).BytesInFlight;
            Assert.True(bytes >= 0, "less than nothing is in flight");
            inFlight += bytes;
        }
        Assert.True(inFlight < 8 << 20, "in flight");
        var bound =
            (connection.Streams.Count * (s_options.SendCapacity + (3L * BlockPool.BlockLength)))
            + s_options.Limits.Data
            + HandshakeBytes;
        Assert.True(connection.BytesHeld <= bound, $"{connection.BytesHeld} bytes held, {bound} allowed");
    }

    private string Describe()
    {
        var text =
            $"seed {_seed}, at {_pair.Client.Now.Ticks}, {_pair.Net.Frames} datagrams, {_pair.Server.Endpoint.Counters.Dropped} for nobody";
        foreach (var connection in (Connection?[])[_pair.AtClient, _pair.AtServer])
        {
            text += connection is null
                ? "\nno server"
                : $"\n{(connection.IsServer ? "server" : "client")} {connection.State} confirmed {connection.IsConfirmed} "
                    + $"path {connection.Path} streams {connection.Streams.Count} next {connection.NextTimeout().Ticks} "
                    + $"recovery {connection.Recovery.Deadline.Ticks} probes {connection.Recovery.ProbeCount} "
                    + $"in flight {connection.Recovery.Path(connection.Recovery.ActivePath).BytesInFlight} "
                    + $"window {connection.Recovery.Path(connection.Recovery.ActivePath).Congestion.Window} "
                    + $"sent {connection.Counters.PacketsSent} received {connection.Counters.PacketsReceived} "
                    + $"dropped {connection.Counters.PacketsDropped} paths {connection.PathCount}";
        }
        return text;
    }
}
