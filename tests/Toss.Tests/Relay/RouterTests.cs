using Toss.Relay;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class RouterTests
{
    private static readonly TestMailboxKey Alice = new(1);
    private static readonly TestMailboxKey Bob = new(2);
    private static readonly TestMailboxKey Carol = new(3);

    [Fact]
    public void An_envelope_is_forwarded_and_kept_until_acknowledged()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        Assert.Equal(RelayAnswer.Accepted, bob.Allow(Alice));
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [1]));
        Assert.Equal((1ul, Alice.Id, (byte)1), Facts(Assert.Single(bob.Envelopes)));
        bob.Cut();
        var again = world.Connect(Bob);
        Assert.Equal((1ul, Alice.Id, (byte)1), Facts(Assert.Single(again.Envelopes)));
        again.Session.Acknowledge(1);
        world.Run();
        again.Cut();
        Assert.Empty(world.Connect(Bob).Envelopes);
    }

    [Fact]
    public void What_came_while_away_comes_in_order_and_before_what_is_live()
    {
        var world = new RelayWorld();
        world.Connect(Bob).Allow(Alice);
        world.Connect(Bob).Cut();
        var alice = world.Connect(Alice);
        for (byte i = 1; i <= 40; i++)
        {
            Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [i]));
        }
        var bob = world.Connect(Bob);
        alice.Deliver(Bob, [41]);
        Assert.Equal(Enumerable.Range(1, 41).Select(i => (byte)i), bob.Envelopes.Select(e => e.Envelope.Span[0]));
        Assert.Equal(Enumerable.Range(1, 41).Select(i => (ulong)i), bob.Envelopes.Select(e => e.Sequence));
    }

    /// <summary>Somebody sets the relay's clock, an hour ahead or back: who was heard stays, who is silent goes, a slot stays open.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_clock_that_is_set_neither_ends_a_connection_nor_keeps_a_dead_one(int hours)
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        var slot = alice.Answer(alice.Session.OpenRendezvous(default)).Payload;
        world.Clock.Offset = TimeSpan.FromHours(hours);

        world.Jump(TimeSpan.Zero);
        Assert.Equal((2, 1), (world.Router.Connections, world.Router.OpenSlots));
        Assert.Equal(RelayAnswer.Accepted, bob.Answer(bob.Session.JoinRendezvous(slot)).Answer);

        world.Jump(world.Rules.Quotas.Silent);
        Assert.Equal(0, world.Router.Connections);
    }

    [Fact]
    public void A_slow_reader_is_not_buffered_for_and_loses_nothing()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        bob.Allow(Alice);
        bob.IsStalled = true;
        for (var i = 0; i < 400; i++)
        {
            Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [(byte)i, (byte)(i >> 8)]));
        }
        Assert.Equal(RelayAnswer.Busy, alice.Deliver(Bob, [1], TimeSpan.Zero));
        bob.IsStalled = false;
        world.Run();
        Assert.Equal(Enumerable.Range(1, 400).Select(i => (ulong)i), bob.Envelopes.Select(e => e.Sequence));
    }

    [Fact]
    public void Acknowledging_more_than_was_seen_deletes_nothing_unseen()
    {
        var world = new RelayWorld();
        var bob = world.Connect(Bob);
        bob.Allow(Alice);
        bob.Session.Acknowledge(1000);
        world.Run();
        bob.IsStalled = true;
        world.Connect(Alice).Deliver(Bob, [1]);
        bob.Cut();
        Assert.Single(world.Connect(Bob).Envelopes);
    }

    [Fact]
    public void Time_to_live_zero_goes_only_to_who_is_there_and_is_not_kept()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        bob.Allow(Alice);
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [7], TimeSpan.Zero));
        Assert.Equal((0ul, Alice.Id, (byte)7), Facts(Assert.Single(bob.Envelopes)));
        bob.Cut();
        Assert.Equal(RelayAnswer.Away, alice.Deliver(Bob, [8], TimeSpan.Zero));
        Assert.Empty(world.Connect(Bob).Envelopes);
    }

    [Fact]
    public void Unknown_and_not_allowed_look_alike()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        world.Connect(Bob).Allow(Carol);
        foreach (var ttl in new[] { TimeSpan.Zero, TimeSpan.FromDays(1) })
        {
            Assert.Equal(RelayAnswer.NotAllowed, alice.Deliver(Bob, [1], ttl));
            Assert.Equal(RelayAnswer.NotAllowed, alice.Deliver(Carol, [1], ttl));
        }
        var blob = new BlobId(1, 1);
        Assert.Equal(RelayAnswer.NotAllowed, alice.Answer(alice.Session.GetChunk(Bob.Id, blob, 0)).Answer);
        Assert.Equal(RelayAnswer.NotAllowed, alice.Answer(alice.Session.GetChunk(Carol.Id, blob, 0)).Answer);
    }

    [Fact]
    public void A_mailbox_that_may_only_deliver_does_nothing_else()
    {
        var world = new RelayWorld();
        var carol = world.Connect(Carol);
        carol.Allow(Bob);
        var bob = world.Connect(Bob);
        bob.AllowBeside(Alice, deliverOnly: Carol);

        Assert.Equal(RelayAnswer.Accepted, carol.Deliver(Bob, [1]));
        Assert.Equal(RelayAnswer.NotAllowed, carol.Deliver(Bob, [1], TimeSpan.Zero));
        Assert.Equal(RelayAnswer.NotAllowed, carol.Answer(carol.Session.GetChunk(Bob.Id, new BlobId(1, 1), 0)).Answer);
        Assert.Empty(carol.Presence);
        Assert.Empty(bob.Presence);

        world.Restart();
        Assert.Equal(RelayAnswer.Accepted, world.Connect(Carol).Deliver(Bob, [2]));
    }

    [Fact]
    public void The_allow_list_outlives_the_relay()
    {
        var world = new RelayWorld();
        world.Connect(Bob).Allow(Alice);
        world.Restart();
        Assert.Equal(RelayAnswer.Accepted, world.Connect(Alice).Deliver(Bob, [1]));
        Assert.Equal(RelayAnswer.NotAllowed, world.Connect(Carol).Deliver(Bob, [1]));
    }

    [Fact]
    public void Quotas_are_answered_and_another_sender_still_has_room()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { MailboxEnvelopes = 4 }));
        world.Connect(Bob).Allow(Alice, Carol);
        world.Connect(Bob).Cut();
        var alice = world.Connect(Alice);
        var carol = world.Connect(Carol);
        alice.Deliver(Bob, [1]);
        alice.Deliver(Bob, [2]);
        Assert.Equal(RelayAnswer.SenderQuota, alice.Deliver(Bob, [3]));
        carol.Deliver(Bob, [4]);
        carol.Deliver(Bob, [5]);
        var full = carol.Answer(carol.Session.Deliver(Bob.Id, TimeSpan.FromDays(1), new byte[1]));
        Assert.Equal(RelayAnswer.MailboxFull, full.Answer);
        Assert.NotNull(full.RetryAfter);
    }

    [Fact]
    public void Envelopes_expire_after_their_time_and_after_a_week_at_the_latest()
    {
        var world = new RelayWorld();
        world.Connect(Bob).Allow(Alice);
        world.Connect(Bob).Cut();
        var alice = world.Connect(Alice);
        alice.Deliver(Bob, [1], TimeSpan.FromHours(1));
        alice.Deliver(Bob, [2], TimeSpan.FromDays(365));
        alice.Cut();
        world.Jump(TimeSpan.FromHours(1));
        var bob = world.Connect(Bob);
        Assert.Equal((2ul, Alice.Id, (byte)2), Facts(Assert.Single(bob.Envelopes)));
        bob.Cut();
        world.Jump(TimeSpan.FromDays(7));
        Assert.Empty(world.Connect(Bob).Envelopes);
    }

    [Fact]
    public void A_second_login_replaces_the_first()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        alice.Allow(Bob);
        var first = world.Connect(Bob);
        first.Allow(Alice);
        var second = world.Connect(Bob);
        Assert.Equal(RelayCloseReason.Replaced, first.Closed?.Reason);
        Assert.Null(second.Closed);
        second.Allow(Alice);
        alice.Deliver(Bob, [1]);
        Assert.Single(second.Envelopes);
        Assert.Empty(first.Envelopes);
        // Bob never went away.
        Assert.DoesNotContain(alice.Presence, presence => !presence.Online);
    }

    [Fact]
    public void Presence_needs_both_lists_and_follows_them()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        alice.Allow(Bob);
        var bob = world.Connect(Bob);
        Assert.Empty(alice.Presence);
        bob.Allow(Alice);
        Assert.Equal([new RelayPresenceChanged(Bob.Id, true)], alice.Presence);
        Assert.Equal([new RelayPresenceChanged(Alice.Id, true)], bob.Presence);
        bob.Allow();
        Assert.Equal(new RelayPresenceChanged(Bob.Id, false), alice.Presence[^1]);
        bob.Allow(Alice);
        Assert.Equal(new RelayPresenceChanged(Bob.Id, true), alice.Presence[^1]);
        bob.Cut();
        Assert.Equal(new RelayPresenceChanged(Bob.Id, false), alice.Presence[^1]);
        world.Connect(Bob);
        Assert.Equal(new RelayPresenceChanged(Bob.Id, true), alice.Presence[^1]);
        var carol = world.Connect(Carol);
        carol.Allow(Alice, Bob);
        Assert.Empty(carol.Presence);
    }

    /// <summary>Two that come back at once: to a client that was not greeted, anything else is nonsense.</summary>
    [Fact]
    public void Nothing_comes_before_the_word_that_the_login_is_done()
    {
        var world = new RelayWorld();
        world.Connect(Bob).Allow(Alice);
        world.Connect(Alice).Allow(Bob);
        world.Restart();
        var bob = world.Router.Connect("192.0.2.1", static () => { })!;
        var session = new RelaySession(Bob.Login(), world.Time.GetUtcNow());
        Assert.True(bob.TryTake(out var challenge));
        session.HandleFrame(challenge.Span, world.Time.GetUtcNow());
        Assert.True(session.TryPollTransmit(world.Time.GetUtcNow(), out var login));
        RelayWorld.Now(world.Router.HandleAsync(bob, login));

        // Not one frame was sent to Bob since, and Alice finds him there already.
        var alice = world.Connect(Alice);
        Assert.Equal(new RelayPresenceChanged(Bob.Id, true), Assert.Single(Announced(alice)));
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [1], TimeSpan.Zero));
        while (bob.TryTake(out var frame))
        {
            session.HandleFrame(frame.Span, world.Time.GetUtcNow());
        }
        var said = new List<RelayEvent>();
        while (session.TryPollEvent(out var next))
        {
            said.Add(next);
        }
        Assert.Equal(
            [typeof(RelayLoggedIn), typeof(RelayPresenceChanged), typeof(RelayEnvelopeArrived)],
            said.Select(each => each.GetType())
        );

        IReadOnlyList<RelayPresenceChanged> Announced(WorldClient client)
        {
            client.Allow(Bob);
            return [.. client.Presence.Distinct()];
        }
    }

    [Fact]
    public void A_recorded_login_and_a_foreign_key_are_refused()
    {
        var world = new RelayWorld();
        var recorded = world.Dial(Alice);
        byte[]? login = null;
        var session = new RelaySession(
            new RelayLoginKey(Alice.Public, Alice.Id, null, (_, id) => Alice.Sign(new byte[32], id)),
            world.Time.GetUtcNow()
        );
        session.HandleFrame(
            Frame(
                new RelayFrame
                {
                    Challenge = new()
                    {
                        Version = 1,
                        OldestVersion = 1,
                        Nonce = Zeros(32),
                    },
                }
            ),
            world.Time.GetUtcNow()
        );
        Assert.True(session.TryPollTransmit(world.Time.GetUtcNow(), out var frame));
        login = frame.ToArray();
        recorded.SendRaw(login);
        Assert.Equal(RelayCloseReason.Signature, recorded.Closed?.Reason);
    }

    [Fact]
    public void A_token_is_asked_for_and_a_guest_may_only_meet()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default, Token: "sesame"));
        Assert.Equal(RelayCloseReason.Token, world.Connect(Alice).Closed?.Reason);
        Assert.Equal(RelayCloseReason.Token, world.Connect(Alice, token: "wrong").Closed?.Reason);
        var bob = world.Connect(Bob, token: "sesame");
        Assert.Equal(RelayAnswer.Accepted, bob.Allow(Alice));
        var guest = world.Connect(Alice, guest: true);
        Assert.Equal(RelayAnswer.Refused, guest.Deliver(Bob, [1]));
        Assert.Equal(RelayAnswer.Refused, guest.Allow(Bob));
        Assert.Equal(RelayAnswer.Refused, guest.Answer(guest.Session.OpenRendezvous(default)).Answer);
        var slot = bob.Answer(bob.Session.OpenRendezvous(default)).Payload;
        Assert.Equal(RelayAnswer.Accepted, guest.Answer(guest.Session.JoinRendezvous(slot)).Answer);
    }

    [Fact]
    public void Who_does_not_log_in_is_dropped_and_who_is_silent_too()
    {
        var world = new RelayWorld();
        var alice = world.Dial(Alice);
        alice.IsStalled = true;
        var bob = world.Connect(Bob);
        world.Pass(TimeSpan.FromSeconds(12));
        Assert.Equal(1, world.Router.Online);
        alice.IsStalled = false;
        world.Run();
        Assert.True(alice.IsCut);
        world.Pass(TimeSpan.FromMinutes(10));
        Assert.Null(bob.Closed);
        bob.IsStalled = true;
        world.Pass(TimeSpan.FromSeconds(20 + 15 + 1));
        Assert.Equal(RelayCloseReason.TimedOut, bob.Closed?.Reason);
    }

    [Fact]
    public void Versions_meet_at_the_lower_and_a_newer_major_is_refused_with_what_to_update()
    {
        var newer = new RelayWorld(new RelayRules(RelayQuotas.Default, Version: 2, OldestVersion: 1));
        Assert.Contains(new RelayLoggedIn(1), newer.Connect(Alice).Events);
        var tooNew = new RelayWorld(new RelayRules(RelayQuotas.Default, Version: 2, OldestVersion: 2));
        var client = tooNew.Connect(Alice);
        Assert.Equal(new RelayClosed(RelayCloseReason.Version, "toss"), client.Closed);

        var world = new RelayWorld();
        var raw = world.Dial(Bob);
        raw.SendRaw(
            Frame(
                new RelayFrame
                {
                    Login = new()
                    {
                        Version = 2,
                        MailboxKey = Zeros(32),
                        Signature = Zeros(64),
                    },
                }
            )
        );
        Assert.Equal(new RelayClosed(RelayCloseReason.Version, "toss-relay"), raw.Closed);
    }

    [Fact]
    public void Malformed_frames_end_the_connection_and_nothing_else()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        bob.SendRaw([0xff, 0xff, 0xff]);
        Assert.Equal(RelayCloseReason.Refused, bob.Closed?.Reason);
        var early = world.Dial(Bob);
        early.SendRaw(Frame(new RelayFrame { Allow = new RelayAllow() }));
        Assert.Equal(RelayCloseReason.Refused, early.Closed?.Reason);
        Assert.Equal(RelayAnswer.Accepted, alice.Allow(Bob));
    }

    [Fact]
    public void Envelopes_and_lists_have_limits()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        world.Connect(Bob).Allow(Alice);
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, new byte[Limits.Envelope]));
        Assert.Equal(RelayAnswer.TooLarge, alice.Deliver(Bob, new byte[Limits.Envelope + 1]));
        Assert.Equal(
            RelayAnswer.Accepted,
            alice
                .Answer(alice.Session.Allow(Enumerable.Range(0, 256).Select(i => new MailboxId(0, (UInt128)i)), []))
                .Answer
        );
        alice.Session.Allow(Enumerable.Range(0, 257).Select(i => new MailboxId(0, (UInt128)i)), []);
        world.Run();
        Assert.Equal(RelayCloseReason.Refused, alice.Closed?.Reason);
    }

    [Fact]
    public void A_broken_disk_is_refused_and_the_relay_goes_on()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        bob.Allow(Alice);
        world.Mailboxes.Broken = true;
        Assert.Equal(RelayAnswer.Storage, alice.Deliver(Bob, [1]));
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [2], TimeSpan.Zero));
        world.Pass(TimeSpan.FromMinutes(2));
        world.Mailboxes.Broken = false;
        Assert.Equal(RelayAnswer.Accepted, alice.Deliver(Bob, [3]));
        Assert.Equal([2, 3], bob.Envelopes.Select(envelope => (int)envelope.Envelope.Span[0]));
    }

    [Fact]
    public void Connections_are_bounded_per_address()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { ConnectionsPerAddress = 2 }));
        world.Connect(Alice);
        world.Connect(Bob);
        Assert.True(world.Dial(Carol).IsRefusedAtDoor);
        Assert.False(world.Dial(Carol, "192.0.2.2").IsRefusedAtDoor);
        Assert.Equal(3, world.Router.Connections);
    }

    [Fact]
    public void Draining_tells_everybody_when_to_come_back()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        world.Router.Drain();
        world.Run();
        Assert.Equal(RelayCloseReason.Draining, alice.Closed?.Reason);
        Assert.Equal(TimeSpan.FromSeconds(2), alice.Closed?.ReconnectAfter);
        Assert.True(world.Dial(Bob).IsRefusedAtDoor);
    }

    [Fact]
    public void Blobs_are_for_those_allowed()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        var carol = world.Connect(Carol);
        alice.Allow(Bob);
        var blob = new BlobId(4, 4);
        var puts = Enumerable.Range(0, 10).Select(i => alice.Session.PutChunk(blob, i, 10, new[] { (byte)i })).ToList();
        Assert.All(puts, put => Assert.Equal(RelayAnswer.Accepted, alice.Answer(put).Answer));
        var chunk = bob.Answer(bob.Session.GetChunk(Alice.Id, blob, 9));
        Assert.Equal([9], chunk.Payload.ToArray());
        Assert.Equal(RelayAnswer.NoBlob, bob.Answer(bob.Session.GetChunk(Alice.Id, blob, 10)).Answer);
        Assert.Equal(RelayAnswer.NoBlob, bob.Answer(bob.Session.GetChunk(Alice.Id, new BlobId(1, 1), 0)).Answer);
        Assert.Equal(RelayAnswer.NotAllowed, carol.Answer(carol.Session.GetChunk(Alice.Id, blob, 0)).Answer);
        bob.Answer(bob.Session.DeleteBlob(blob));
        Assert.Equal(RelayAnswer.Accepted, bob.Answer(bob.Session.GetChunk(Alice.Id, blob, 9)).Answer);
        alice.Answer(alice.Session.DeleteBlob(blob));
        Assert.Equal(RelayAnswer.NoBlob, bob.Answer(bob.Session.GetChunk(Alice.Id, blob, 9)).Answer);
    }

    [Fact]
    public void Who_stores_a_blob_hears_how_much_of_it_is_there()
    {
        var world = new RelayWorld();
        var alice = world.Connect(Alice);
        var bob = world.Connect(Bob);
        alice.Allow(Bob);
        var blob = new BlobId(4, 4);
        for (var index = 0; index < 3; index++)
        {
            Assert.Equal((RelayAnswer.Accepted, index), Ask(alice, 3));
            alice.Answer(alice.Session.PutChunk(blob, index, 3, new byte[10]));
        }
        Assert.Equal((RelayAnswer.Accepted, 3), Ask(alice, 3));
        // Of its own, not of another's, who may fetch it.
        Assert.Equal((RelayAnswer.Accepted, 0), Ask(bob, 3));
        Assert.Equal((RelayAnswer.BlobQuota, 0), Ask(alice, int.MaxValue));
        Assert.Equal((RelayAnswer.Refused, 0), Ask(alice, 0));
        // Asked without a wish for an answer it is not answered.
        alice.SendRaw(Frame(new RelayFrame { BlobAsk = new BlobAsk() }));
        world.Run();
        Assert.Null(alice.Closed);

        (RelayAnswer, int) Ask(WorldClient client, int count)
        {
            var answered = client.Answer(client.Session.AskBlob(blob, count, 10));
            return (answered.Answer, answered.Chunks);
        }
    }

    private static (ulong, MailboxId, byte) Facts(RelayEnvelopeArrived arrived) =>
        (arrived.Sequence, arrived.From, arrived.Envelope.Span[0]);

    private static Google.Protobuf.ByteString Zeros(int count) => Google.Protobuf.ByteString.CopyFrom(new byte[count]);

    private static byte[] Frame(RelayFrame frame) => Google.Protobuf.MessageExtensions.ToByteArray(frame);
}
