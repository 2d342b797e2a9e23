using Google.Protobuf;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Relay;
using Toss.Relay.Routing;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;
using Xunit;

namespace Toss.Tests.Relay;

/// <summary>Circuits over WebSockets: who may, what passes, what is bounded, when they end.</summary>
public sealed class CircuitTests
{
    private static readonly TestMailboxKey Alice = new(1);
    private static readonly TestMailboxKey Bob = new(2);
    private static readonly TestMailboxKey Carol = new(3);

    private readonly RelayWorld _world = new();

    [Fact]
    public void Datagrams_pass_both_ways_with_an_id_for_each_side_and_are_kept_nowhere()
    {
        var (alice, bob) = Members(_world);
        var (here, there) = Open(_world, alice, bob);
        Assert.NotEqual(here, there);

        Send(alice, here, 3, [1, 2, 3, 4, 5]);
        Send(bob, there, 1200, [6]);
        var arrived = Assert.Single(Datagrams(bob));
        Assert.Equal((there, 3, "0102030405"), (arrived.Circuit, arrived.Size, Hex(arrived)));
        arrived = Assert.Single(Datagrams(alice));
        Assert.Equal((here, 1200, "06"), (arrived.Circuit, arrived.Size, Hex(arrived)));

        Assert.Equal(new CircuitTraffic(1, 1, 6, 0), _world.Router.Circuits);
        bob.Cut();
        Assert.Empty(Datagrams(_world.Connect(Bob)));
    }

    [Fact]
    public void There_is_one_circuit_between_two_whoever_opens_it_and_how_often()
    {
        var (alice, bob) = Members(_world);
        var (here, there) = Open(_world, alice, bob);
        Assert.Equal(here, Open(_world, alice, bob).Here);
        Assert.Equal(there, Open(_world, bob, alice).Here);
        Assert.Single(alice.Events.OfType<RelayCircuitOpened>().Distinct());
        Assert.NotEqual(SecretOf(alice, here), SecretOf(bob, there));
        Assert.NotEqual(default, SecretOf(alice, here));
        Assert.Equal(1, _world.Router.Circuits.Open);
    }

    [Fact]
    public void Unknown_and_not_allowed_look_alike_and_both_must_list_each_other()
    {
        var alice = _world.Connect(Alice);
        var bob = _world.Connect(Bob);
        alice.Allow(Bob);
        bob.Allow(Carol);
        // Bob does not list Alice; Carol is unknown; Alice herself.
        Assert.Equal(RelayAnswer.NotAllowed, Ask(alice, Bob).Answer);
        Assert.Equal(RelayAnswer.NotAllowed, Ask(alice, Carol).Answer);
        Assert.Equal(RelayAnswer.NotAllowed, Ask(alice, Alice).Answer);
        // Bob is listed by Alice, and does not list her.
        Assert.Equal(RelayAnswer.NotAllowed, Ask(bob, Alice).Answer);
        bob.AllowBeside(Carol, deliverOnly: Alice);
        Assert.Equal(RelayAnswer.NotAllowed, Ask(alice, Bob).Answer);
        Assert.Equal(0, _world.Router.Circuits.Open);
        bob.Allow(Alice);
        Assert.Equal(RelayAnswer.Accepted, Ask(alice, Bob).Answer);
    }

    [Fact]
    public void To_who_is_away_there_is_none()
    {
        var (alice, bob) = Members(_world);
        bob.Cut();
        Assert.Equal(RelayAnswer.Away, Ask(alice, Bob).Answer);
    }

    [Fact]
    public void A_guest_opens_none()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default, Token: "sesame"));
        var bob = world.Connect(Bob, token: "sesame");
        bob.Allow(Alice);
        var guest = world.Connect(Alice, guest: true);
        Assert.False(guest.Session.HasCircuits);
        Assert.True(bob.Session.HasCircuits);
        Assert.Equal(RelayAnswer.Refused, Ask(guest, Bob).Answer);
    }

    [Fact]
    public void A_relay_that_is_to_pass_none_on_says_so_and_opens_none()
    {
        var world = new RelayWorld(RelayRules.Default with { Circuits = false });
        var (alice, _) = Members(world);
        Assert.False(alice.Session.HasCircuits);
        Assert.Equal(RelayAnswer.NotAllowed, Ask(alice, Bob).Answer);
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("closed")]
    [InlineData("unlisted")]
    [InlineData("replaced")]
    public void It_ends_with_either_side_and_the_other_is_told(string how)
    {
        var (alice, bob) = Members(_world);
        var (here, there) = Open(_world, alice, bob);
        switch (how)
        {
            case "cut":
                bob.Cut();
                break;
            case "closed":
                bob.Session.CloseCircuit(there);
                break;
            case "unlisted":
                bob.Allow(Carol);
                Assert.Contains(new RelayCircuitClosed(there), bob.Events);
                break;
            case "replaced":
                _world.Connect(Bob);
                break;
        }
        _world.Run();
        Assert.Equal(new RelayCircuitClosed(here), Assert.Single(alice.Events.OfType<RelayCircuitClosed>()));
        Assert.Equal(0, _world.Router.Circuits.Open);
        // A datagram that was under way ends nothing but itself.
        Send(alice, here, 1200, [1]);
        Assert.Null(alice.Closed);
        Assert.Equal(2, alice.Events.OfType<RelayCircuitClosed>().Count());
        Assert.Empty(Datagrams(bob));
    }

    [Fact]
    public void It_ends_when_nothing_passes_for_a_minute()
    {
        var (alice, bob) = Members(_world);
        var (here, there) = Open(_world, alice, bob);
        _world.Pass(TimeSpan.FromSeconds(50));
        Send(bob, there, 1200, [1]);
        _world.Pass(TimeSpan.FromSeconds(50));
        Assert.Equal(1, _world.Router.Circuits.Open);
        _world.Pass(TimeSpan.FromSeconds(15));
        Assert.Equal(0, _world.Router.Circuits.Open);
        Assert.Contains(new RelayCircuitClosed(here), alice.Events);
        Assert.Contains(new RelayCircuitClosed(there), bob.Events);
    }

    [Fact]
    public void An_id_is_worth_nothing_to_anybody_else_nor_to_the_other_side()
    {
        var (alice, bob) = Members(_world);
        var carol = _world.Connect(Carol);
        var (here, there) = Open(_world, alice, bob);
        foreach (var id in new[] { here, there, here + 1, UInt128.Zero })
        {
            Send(carol, id, 1200, [1]);
            carol.Session.CloseCircuit(id);
        }
        Send(alice, there, 1200, [1]);
        _world.Run();
        Assert.Empty(Datagrams(alice));
        Assert.Empty(Datagrams(bob));
        Assert.Equal(new CircuitTraffic(1, 1, 0, 5), _world.Router.Circuits);
    }

    [Theory]
    [InlineData(15, 1200, 100)]
    [InlineData(16, 0, 100)]
    [InlineData(16, Limits.CircuitDatagram + 1, 100)]
    [InlineData(16, 1200, 0)]
    [InlineData(16, 1200, Limits.CircuitPayload + 1)]
    [InlineData(16, 1, Limits.CircuitPayload)]
    [InlineData(16, 100, (100 * Limits.CircuitDatagrams) + 1)]
    public void What_is_no_datagram_ends_the_connection(int idSize, int size, int length)
    {
        var (alice, bob) = Members(_world);
        var frame = new RelayFrame
        {
            CircuitDatagrams = new CircuitDatagrams
            {
                Circuit = ByteString.CopyFrom(new byte[idSize]),
                Size = (uint)size,
                Payload = ByteString.CopyFrom(new byte[length]),
            },
        };
        alice.SendRaw(frame.ToByteArray());
        Assert.Equal(RelayCloseReason.Refused, alice.Closed?.Reason);
        Assert.Null(bob.Closed);
    }

    [Fact]
    public void What_a_link_hands_over_at_a_time_is_never_too_much()
    {
        Assert.InRange(new ConnectionOptions { Tls = null! }.BatchSegments, 1, Limits.CircuitDatagrams);
        Assert.Equal(UdpSocket.MaxSegments, Limits.CircuitDatagrams);
        var (alice, bob) = Members(_world);
        var (here, _) = Open(_world, alice, bob);
        Send(alice, here, 100, new byte[100 * Limits.CircuitDatagrams]);
        Assert.Single(Datagrams(bob));
    }

    [Fact]
    public void A_flood_is_dropped_and_keeps_no_envelope_and_no_answer_back()
    {
        var (alice, bob) = Members(_world);
        var (here, _) = Open(_world, alice, bob);
        bob.IsStalled = true;
        for (var i = 0; i < 100; i++)
        {
            Send(alice, here, 1200, new byte[60_000]);
        }
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [7]));
        var traffic = _world.Router.Circuits;
        Assert.InRange(traffic.Bytes, 400_000, RelayQuotas.Default.CircuitQueueBytes);
        Assert.Equal(100 * 60_000, traffic.Bytes + traffic.Dropped);

        bob.IsStalled = false;
        _world.Run();
        var events = bob.Events.Where(next => next is RelayEnvelopeArrived or RelayDatagramsArrived).ToList();
        Assert.IsType<RelayEnvelopeArrived>(events[0]);
        Assert.Equal(traffic.Bytes, Datagrams(bob).Sum(datagrams => datagrams.Payload.Length));
    }

    [Fact]
    public void Mail_passes_while_a_circuit_is_never_silent()
    {
        var (alice, bob) = Members(_world);
        var (here, _) = Open(_world, alice, bob);
        bob.IsStalled = true;
        for (var i = 0; i < 200; i++)
        {
            alice.Deliver(Bob, [(byte)i]);
        }
        Send(alice, here, 1200, new byte[1200]);
        bob.IsStalled = false;
        _world.Run();
        Assert.Equal(200, bob.Envelopes.Count);
        Assert.Single(Datagrams(bob));
    }

    [Fact]
    public void A_mailbox_sends_no_faster_than_it_may()
    {
        var world = new RelayWorld(
            new RelayRules(RelayQuotas.Default with { CircuitBurst = 10_000, CircuitBytesPerSecond = 5_000 })
        );
        var (alice, bob) = Members(world);
        var (here, _) = Open(world, alice, bob);
        for (var i = 0; i < 20; i++)
        {
            Send(alice, here, 1000, new byte[1000]);
        }
        Assert.Equal(10, Datagrams(bob).Count);
        // A new connection is no new allowance.
        alice.Cut();
        var again = world.Connect(Alice);
        (here, _) = Open(world, again, bob);
        Send(again, here, 1000, new byte[1000]);
        Assert.Equal(10, Datagrams(bob).Count);
        world.Pass(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 20; i++)
        {
            Send(again, here, 1000, new byte[1000]);
        }
        Assert.Equal(15, Datagrams(bob).Count);
    }

    [Fact]
    public void Who_has_used_up_its_day_is_told_when_to_come_back()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { CircuitBytesPerDay = 240_000 }));
        var (alice, bob) = Members(world);
        var (here, there) = Open(world, alice, bob);
        for (var i = 0; i < 5; i++)
        {
            Send(alice, here, 1000, new byte[60_000]);
        }
        Assert.Equal(240_000, Datagrams(bob).Sum(datagrams => datagrams.Payload.Length));
        Assert.Contains(new RelayCircuitClosed(here), alice.Events);
        Assert.Contains(new RelayCircuitClosed(there), bob.Events);
        var refused = Ask(alice, Bob);
        Assert.Equal((RelayAnswer.TooMany, TimeSpan.FromHours(1)), (refused.Answer, refused.RetryAfter));
        // The other side has its own day.
        Assert.Equal(RelayAnswer.Accepted, Ask(bob, Alice).Answer);
        world.Jump(TimeSpan.FromHours(2));
        Assert.Equal(RelayAnswer.Accepted, Ask(Members(world).Alice, Bob).Answer);
    }

    [Fact]
    public void Circuits_are_counted_for_both_sides()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { CircuitsPerMailbox = 2 }));
        var others = Enumerable.Range(10, 3).Select(seed => new TestMailboxKey(seed)).ToArray();
        var alice = world.Connect(Alice);
        alice.Allow(others);
        var clients = others.Select(key => world.Connect(key)).ToList();
        clients.ForEach(client => client.Allow(Alice));
        Assert.Equal(RelayAnswer.Accepted, Ask(alice, others[0]).Answer);
        Assert.Equal(RelayAnswer.Accepted, Ask(clients[1], Alice).Answer);
        Assert.Equal(RelayAnswer.TooMany, Ask(alice, others[2]).Answer);
        Assert.Equal(RelayAnswer.TooMany, Ask(clients[2], Alice).Answer);
        clients[0].Cut();
        Assert.Equal(RelayAnswer.Accepted, Ask(clients[2], Alice).Answer);
    }

    [Fact]
    public void Who_does_not_read_cannot_be_made_to_hold_circuits_that_come_and_go()
    {
        var (alice, bob) = Members(_world);
        bob.IsStalled = true;
        var answers = new List<RelayAnswer>();
        for (var i = 0; i < 500; i++)
        {
            var opened = Ask(alice, Bob);
            answers.Add(opened.Answer);
            if (opened.Answer == RelayAnswer.Accepted)
            {
                alice.Session.CloseCircuit(IdOf(opened));
            }
        }
        Assert.Equal(RelayAnswer.Busy, answers[^1]);
        Assert.InRange(answers.Count(answer => answer == RelayAnswer.Accepted), 1, 64);
    }

    internal static (WorldClient Alice, WorldClient Bob) Members(RelayWorld world)
    {
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        alice.Allow(Bob);
        bob.Allow(Alice);
        return (alice, bob);
    }

    internal static (UInt128 Here, UInt128 There) Open(RelayWorld world, WorldClient from, WorldClient to)
    {
        var here = IdOf(from.Answer(from.Session.OpenCircuit(to.Key.Id)));
        world.Run();
        var opened = to.Events.OfType<RelayCircuitOpened>().LastOrDefault(one => one.Mailbox == from.Key.Id);
        return (here, opened?.Circuit ?? default);
    }

    /// <summary>What one side was told by its connection.</summary>
    internal static CircuitSecret SecretOf(WorldClient client, UInt128 circuit) =>
        client.Events.OfType<RelayCircuitOpened>().First(one => one.Circuit == circuit).Secret;

    private static RelayAnswered Ask(WorldClient from, TestMailboxKey to) =>
        from.Answer(from.Session.OpenCircuit(to.Id));

    private static UInt128 IdOf(RelayAnswered opened) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(opened.Payload.Span);

    private static void Send(WorldClient from, UInt128 circuit, int size, byte[] payload)
    {
        Assert.True(from.Session.SendDatagrams(circuit, size, payload));
        from.Run();
    }

    private static IReadOnlyList<RelayDatagramsArrived> Datagrams(WorldClient client) =>
        [.. client.Events.OfType<RelayDatagramsArrived>()];

    private static string Hex(RelayDatagramsArrived arrived) => Convert.ToHexString(arrived.Payload.Span);
}
