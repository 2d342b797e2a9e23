using System.Net;
using Toss.Relay;
using Toss.Relay.Routing;
using Toss.Relay.Udp;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;
using Xunit;

namespace Toss.Tests.Relay;

/// <summary>Circuits on UDP: a source is proved before anything is kept of it or sent to it, and nobody gets more than it sent.</summary>
public sealed class CircuitPortTests
{
    private static readonly IPEndPoint Here = IPEndPoint.Parse("192.0.2.1:1000");
    private static readonly IPEndPoint There = IPEndPoint.Parse("[2001:db8::2]:2000");
    private static readonly IPEndPoint Stranger = IPEndPoint.Parse("198.51.100.9:3000");

    private readonly RelayWorld _world = new(RelayRules.Default with { UdpPorts = [1, 2] });
    private readonly Wire _wire = new();
    private readonly CircuitPort _port;
    private readonly WorldClient _alice;
    private readonly WorldClient _bob;
    private readonly UInt128 _here;
    private readonly UInt128 _there;
    private bool _mayAnswer = true;

    public CircuitPortTests()
    {
        _port = new CircuitPort(_world.Router, _world.Clock, new SeededRandomness(5));
        (_alice, _bob) = CircuitTests.Members(_world);
        (_here, _there) = CircuitTests.Open(_world, _alice, _bob);
    }

    [Fact]
    public void Datagrams_go_by_UDP_to_who_has_shown_its_cookie_and_by_the_connection_to_who_has_not()
    {
        Assert.True(_alice.Session.HasCircuitsByUdp);
        Bind(_here, Here);
        Send(Here, CircuitPacket.Carry(_here, [1, 2, 3], 1200));
        var first = Assert.Single(_bob.Events.OfType<RelayDatagramsArrived>());
        Assert.Equal((_there, 3, 3), (first.Circuit, first.Size, first.Payload.Length));

        Bind(_there, There);
        Send(Here, CircuitPacket.Carry(_here, [4], 1200));
        Assert.Equal([(There, Hex(CircuitPacket.Carry(_there, [4], 1200)))], _wire.Take());
        Send(There, CircuitPacket.Carry(_there, [5], 1200));
        Assert.Equal([(Here, Hex(CircuitPacket.Carry(_here, [5], 1200)))], _wire.Take());

        // Several of one size come apart again.
        _bob.Session.SendDatagrams(_there, 2, new byte[] { 6, 7, 8 });
        _bob.Run();
        Assert.Equal(
            [(Here, Hex(CircuitPacket.Carry(_here, [6, 7], 2))), (Here, Hex(CircuitPacket.Carry(_here, [8], 2)))],
            _wire.Take()
        );
        Assert.Single(_bob.Events.OfType<RelayDatagramsArrived>());
        Assert.Equal(new CircuitTraffic(1, 1, 8, 0, 5), _world.Router.Circuits);
    }

    /// <summary>Each packet is a call of the system: nobody waits for those of another.</summary>
    [Fact]
    public void While_packets_leave_the_router_serves_others()
    {
        Bind(_here, Here);
        Bind(_there, There);
        var served = 0;
        _wire.Leaving = () =>
        {
            var other = new Thread(() => _ = _world.Router.Circuits);
            other.Start();
            served += other.Join(TimeSpan.FromSeconds(5)) ? 1 : 0;
        };
        Send(Here, CircuitPacket.Carry(_here, [1], 1200));
        _bob.Session.SendDatagrams(_there, 2, new byte[] { 2, 3 });
        _bob.Run();
        Assert.Equal(2, served);
    }

    [Fact]
    public void Who_shows_nothing_any_more_gets_its_datagrams_by_its_connection()
    {
        Bind(_here, Here);
        Bind(_there, There);
        _world.Pass(TimeSpan.FromSeconds(10));
        Bind(_there, There);
        _world.Pass(TimeSpan.FromSeconds(10));
        Send(There, CircuitPacket.Carry(_there, [1], 1200));
        Assert.Empty(_wire.Take());
        Assert.Single(_alice.Events.OfType<RelayDatagramsArrived>());
    }

    [Fact]
    public void An_id_from_another_source_is_worth_nothing()
    {
        Bind(_here, Here);
        Bind(_there, There);
        // Spoofing aside, who sees an id on the way cannot send with it, nor from the other side.
        foreach (var from in new[] { Stranger, There, new IPEndPoint(Here.Address, Here.Port + 1) })
        {
            Send(from, CircuitPacket.Carry(_here, [1], 1200));
        }
        Send(Here, CircuitPacket.Carry(_there, [1], 1200));
        Send(Here, CircuitPacket.Carry(_here + 1, [1], 1200));
        Assert.Empty(_wire.Take());
        Assert.Equal(new CircuitTraffic(1, 1, 0, 5, 0), _world.Router.Circuits);
    }

    /// <summary>Somebody on the way, who sees every packet by UDP and nothing of the connections.</summary>
    [Fact]
    public void A_listener_with_a_cookie_of_its_own_does_not_get_the_circuit()
    {
        var shown = Show(_here, CookieOf(_here, Here));
        Send(Here, shown);
        Assert.Single(_wire.Take());

        var own = CookieOf(_here, Stranger);
        var seenProof = shown[CircuitPacket.WithCookieSize..];
        foreach (
            var packet in new[]
            {
                shown,
                [.. CircuitPacket.Show(_here, own, default)[..CircuitPacket.WithCookieSize], .. seenProof],
                CircuitPacket.Show(_here, own, default),
                CircuitPacket.Show(_here, own, SecretOf(_there)),
            }
        )
        {
            Send(Stranger, packet);
            Assert.Empty(_wire.Take());
        }

        _bob.Session.SendDatagrams(_there, 1200, new byte[] { 1 });
        _bob.Run();
        Assert.Equal([(Here, Hex(CircuitPacket.Carry(_here, [1], 1200)))], _wire.Take());
        // The same cookie with the proof: the side itself has moved.
        Send(Stranger, Show(_here, own));
        Assert.Single(_wire.Take());
    }

    [Fact]
    public void A_cookie_counts_for_its_source_its_circuit_and_some_minutes()
    {
        var cookie = CookieOf(_here, Here);
        foreach (
            var (from, circuit, shown) in new[]
            {
                (Stranger, _here, cookie),
                (Here, _there, cookie),
                (Here, _here, new byte[CircuitPacket.CookieSize]),
            }
        )
        {
            Send(from, Show(circuit, shown));
            Assert.Empty(_wire.Take());
        }
        _world.Time.Advance(TimeSpan.FromMinutes(3));
        Send(Here, Show(_here, cookie));
        Assert.Single(_wire.Take());
        _world.Time.Advance(TimeSpan.FromMinutes(3));
        Send(Here, Show(_here, cookie));
        Assert.Empty(_wire.Take());
    }

    [Fact]
    public void A_clock_that_is_set_makes_no_cookie_void()
    {
        var cookie = CookieOf(_here, Here);
        foreach (var hours in new[] { 1, 2, -3 })
        {
            _world.Clock.Offset = TimeSpan.FromHours(hours);
            Send(Here, Show(_here, cookie));
            Assert.Single(_wire.Take());
        }
    }

    [Fact]
    public void Whether_a_circuit_exists_is_told_to_nobody_without_its_id()
    {
        // A cookie is had for anything; and then there is silence.
        var cookie = CookieOf(_here + 1, Stranger);
        Send(Stranger, CircuitPacket.Show(_here + 1, cookie, default));
        Send(Stranger, CircuitPacket.Carry(_here + 1, [1], 1200));
        Assert.Empty(_wire.Take());
        _alice.Cut();
        cookie = CookieOf(_here, Here);
        Send(Here, Show(_here, cookie));
        Assert.Empty(_wire.Take());
    }

    [Fact]
    public void A_circuit_that_is_over_takes_its_sources_with_it()
    {
        Bind(_here, Here);
        Bind(_there, There);
        _bob.Cut();
        Send(Here, CircuitPacket.Carry(_here, [1], 1200));
        Assert.Empty(_wire.Take());
        Assert.Equal(0, _world.Router.Circuits.Open);
    }

    [Fact]
    public void Beyond_its_rate_it_answers_nobody_who_proved_nothing()
    {
        Bind(_here, Here);
        var cookie = CookieOf(_there, There);
        _mayAnswer = false;
        Send(Stranger, CircuitPacket.Ask(_here));
        Assert.Empty(_wire.Take());
        // A flood of questions keeps nobody from showing what it has.
        Send(There, Show(_there, cookie));
        Assert.Single(_wire.Take());
    }

    [Fact]
    public void Whatever_is_sent_nobody_gets_more_than_it_sent_and_no_third_party_anything()
    {
        var random = new Random(20260301);
        byte[][] samples =
        [
            CircuitPacket.Ask(_here),
            Show(_here, new byte[CircuitPacket.CookieSize]),
            CircuitPacket.Cookie(_here, new byte[CircuitPacket.CookieSize]),
            CircuitPacket.Shown(_here),
            CircuitPacket.Carry(_here, new byte[Limits.CircuitDatagram], 1452),
            new byte[CircuitPacket.MaxSize + 1],
            [],
        ];
        for (var i = 0; i < 20_000; i++)
        {
            var packet = samples[random.Next(samples.Length)].ToArray();
            if (packet.Length > 0 && random.Next(2) == 0)
            {
                packet[random.Next(Math.Min(40, packet.Length))] = (byte)random.Next(16);
                packet = packet[..random.Next(packet.Length + 1)];
            }
            var from = new IPEndPoint(new IPAddress(random.NextInt64(1, uint.MaxValue)), random.Next(1, 65536));
            Send(from, packet);
            var answers = _wire.Take();
            Assert.All(answers, answer => Assert.Equal(from, answer.To));
            Assert.True(answers.Sum(answer => answer.Packet.Length / 2) <= packet.Length);
        }
        Assert.Empty(_alice.Events.OfType<RelayDatagramsArrived>());
        Assert.Empty(_bob.Events.OfType<RelayDatagramsArrived>());
        Assert.Equal(1, _world.Router.Circuits.Open);
    }

    private void Bind(UInt128 circuit, IPEndPoint from)
    {
        Send(from, Show(circuit, CookieOf(circuit, from)));
        Assert.Equal([(from, Hex(CircuitPacket.Shown(circuit)))], _wire.Take());
    }

    private byte[] Show(UInt128 circuit, byte[] cookie) => CircuitPacket.Show(circuit, cookie, SecretOf(circuit));

    private CircuitSecret SecretOf(UInt128 circuit) => CircuitTests.SecretOf(circuit == _here ? _alice : _bob, circuit);

    private byte[] CookieOf(UInt128 circuit, IPEndPoint from)
    {
        Send(from, CircuitPacket.Ask(circuit));
        var (to, answer) = Assert.Single(_wire.Take());
        Assert.Equal(from, to);
        Assert.True(CircuitPacket.TryRead(Convert.FromHexString(answer), out var kind, out var named, out var cookie));
        Assert.Equal((CircuitPacketKind.Cookie, circuit), (kind, named));
        return cookie.ToArray();
    }

    private void Send(IPEndPoint from, byte[] packet)
    {
        _port.Handle(packet, from, _wire, _ => _mayAnswer);
        _world.Run();
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);

    /// <summary>What left, one by one.</summary>
    private sealed class Wire : ICircuitSocket
    {
        private readonly List<(IPEndPoint To, string Packet)> _left = [];

        public Action? Leaving { get; set; }

        public IReadOnlyList<(IPEndPoint To, string Packet)> Take()
        {
            var left = _left.ToList();
            _left.Clear();
            return left;
        }

        public void Send(ReadOnlySpan<byte> packets, int size, IPEndPoint to)
        {
            Leaving?.Invoke();
            for (var step = size == 0 ? packets.Length : size; !packets.IsEmpty; )
            {
                var packet = packets[..Math.Min(step, packets.Length)];
                _left.Add((to, Convert.ToHexString(packet)));
                packets = packets[packet.Length..];
            }
        }
    }
}
