using Google.Protobuf;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;
using Xunit;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Tests.Transport;

/// <summary>The session alone, against frames written here by hand.</summary>
public sealed class RelaySessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TestMailboxKey Key = new(1);
    private static readonly MailboxId Peer = new(5, 5);

    [Fact]
    public void Login_signs_the_nonce_and_what_was_asked_before_leaves_after_it()
    {
        var session = new RelaySession(Key.Login("token"), Start);
        session.Allow([Peer], []);
        Assert.False(session.TryPollTransmit(Start, out _));
        Hear(session, Challenge());
        var login = Assert.Single(Sent(session)).Login;
        Assert.Equal((1u, "token"), (login.Version, login.Token));
        Assert.Equal(Key.Sign(new byte[32], Key.Id), login.Signature.ToByteArray());
        Hear(session, Ready());
        Assert.Equal([new RelayLoggedIn(1)], Said(session));
        Assert.Equal(RelayFrame.FrameOneofCase.Allow, Assert.Single(Sent(session)).FrameCase);
    }

    [Fact]
    public void Answers_find_their_request_and_measure_the_round_trip()
    {
        var session = LoggedIn();
        var first = session.Deliver(Peer, TimeSpan.FromSeconds(5), new byte[] { 1 });
        var second = session.Deliver(Peer, TimeSpan.Zero, new byte[] { 2 });
        Assert.Equal([5000, 0], Sent(session).Select(frame => frame.Deliver.TtlMs));
        Assert.Null(session.RoundTrip);
        Hear(session, Refused(second, Reason.Away, 1500), Start + TimeSpan.FromMilliseconds(40));
        Hear(session, Accepted(first), Start + TimeSpan.FromMilliseconds(120));
        Assert.Equal(
            [
                new RelayAnswered(second, RelayAnswer.Away, TimeSpan.FromMilliseconds(1500), default),
                new RelayAnswered(first, RelayAnswer.Accepted, null, default),
            ],
            Said(session)
        );
        Assert.Equal(TimeSpan.FromMilliseconds(50), session.RoundTrip);
        Hear(session, Accepted(first));
        Hear(session, Accepted(77));
        Assert.Empty(Said(session));
    }

    [Fact]
    public void Acknowledgements_that_wait_become_one()
    {
        var session = LoggedIn();
        session.Acknowledge(3);
        session.Acknowledge(9);
        session.Acknowledge(8);
        Assert.Equal(9ul, Assert.Single(Sent(session)).Acknowledge.Sequence);
        session.Acknowledge(10);
        Assert.Equal(10ul, Assert.Single(Sent(session)).Acknowledge.Sequence);
    }

    [Fact]
    public void Blob_chunks_keep_a_window_and_let_everything_else_pass()
    {
        var session = LoggedIn();
        var blob = new BlobId(1, 1);
        var puts = Enumerable.Range(0, 10).Select(i => session.PutChunk(blob, i, 10, new byte[] { 1 })).ToList();
        var deliver = session.Deliver(Peer, TimeSpan.FromDays(1), new byte[] { 2 });
        Assert.Equal([deliver, .. puts[..4]], Sent(session).Select(frame => frame.Request));
        Hear(session, Accepted(puts[0]));
        Assert.Equal([puts[4]], Sent(session).Select(frame => frame.Request));
        Assert.Empty(Sent(session));
    }

    [Fact]
    public void Silence_is_asked_about_once_and_then_ends_the_session()
    {
        var session = LoggedIn();
        Assert.Equal(Start + RelaySession.PingAfter, session.NextTimeout);
        session.HandleTimeout(Start + RelaySession.PingAfter - TimeSpan.FromTicks(1));
        Assert.Empty(Sent(session));
        var asked = Start + RelaySession.PingAfter;
        session.HandleTimeout(asked);
        var ping = Assert.Single(Sent(session));
        Assert.Equal(RelayFrame.FrameOneofCase.Ping, ping.FrameCase);
        Hear(session, Accepted(ping.Request), asked + TimeSpan.FromMilliseconds(30));
        Assert.Empty(Said(session));
        Assert.Equal(asked + TimeSpan.FromMilliseconds(30) + RelaySession.PingAfter, session.NextTimeout);
        session.HandleTimeout(session.NextTimeout!.Value);
        session.HandleTimeout(session.NextTimeout!.Value);
        Assert.Equal([new RelayClosed(RelayCloseReason.TimedOut)], Said(session));
        Assert.Null(session.NextTimeout);
        Assert.True(RelaySession.PingAfter + RelaySession.PongWithin <= TimeSpan.FromSeconds(40));
    }

    [Fact]
    public void With_reason_to_doubt_it_is_asked_at_once_and_given_up_soon()
    {
        var session = LoggedIn();
        var doubted = Start + TimeSpan.FromSeconds(3);
        session.Check(doubted);
        session.Check(doubted + TimeSpan.FromSeconds(1));
        var ping = Assert.Single(Sent(session));
        Assert.Equal(RelayFrame.FrameOneofCase.Ping, ping.FrameCase);
        Assert.Equal(doubted + RelaySession.CheckWithin, session.NextTimeout);

        Hear(session, Accepted(ping.Request), doubted + TimeSpan.FromMilliseconds(30));
        Assert.Equal(doubted + TimeSpan.FromMilliseconds(30) + RelaySession.PingAfter, session.NextTimeout);

        session.Check(doubted + TimeSpan.FromSeconds(2));
        session.HandleTimeout(session.NextTimeout!.Value);
        Assert.Equal([new RelayClosed(RelayCloseReason.TimedOut)], Said(session));
    }

    [Fact]
    public void Before_the_login_there_is_nothing_to_check()
    {
        var session = new RelaySession(Key.Login(), Start);
        session.Check(Start);
        Assert.Empty(Sent(session));
        Assert.Equal(Start + RelaySession.LoginWithin, session.NextTimeout);
    }

    [Fact]
    public void A_relay_that_never_greets_times_out()
    {
        var session = new RelaySession(Key.Login(), Start);
        session.HandleTimeout(Start + RelaySession.LoginWithin);
        Assert.Equal([new RelayClosed(RelayCloseReason.TimedOut)], Said(session));
    }

    [Theory]
    [InlineData(1, 1, 1, 1, 1, null)]
    [InlineData(3, 1, 1, 1, 1, null)]
    [InlineData(1, 1, 3, 1, 1, null)]
    [InlineData(4, 2, 3, 1, 3, null)]
    [InlineData(2, 2, 1, 1, 0, "toss")]
    [InlineData(1, 1, 2, 2, 0, "toss-relay")]
    public void Versions_meet_at_the_lower_or_name_who_is_to_be_updated(
        uint relay,
        uint relayOldest,
        uint mine,
        uint mineOldest,
        uint met,
        string? update
    )
    {
        var session = new RelaySession(Key.Login(), Start, version: mine, oldest: mineOldest);
        var challenge = Challenge();
        (challenge.Challenge.Version, challenge.Challenge.OldestVersion) = (relay, relayOldest);
        Hear(session, challenge);
        if (update is null)
        {
            Assert.Equal(met, Assert.Single(Sent(session)).Login.Version);
        }
        else
        {
            Assert.Equal([new RelayClosed(RelayCloseReason.Version, update)], Said(session));
            Assert.Empty(Sent(session));
        }
    }

    [Theory]
    [InlineData(Reason.Replaced, RelayCloseReason.Replaced)]
    [InlineData(Reason.Token, RelayCloseReason.Token)]
    [InlineData(Reason.Signature, RelayCloseReason.Signature)]
    [InlineData(Reason.TooMany, RelayCloseReason.Refused)]
    public void A_refusal_of_no_request_ends_the_session(Reason reason, RelayCloseReason closed)
    {
        foreach (var session in new[] { LoggedIn(), new RelaySession(Key.Login(), Start) })
        {
            Hear(session, Refused(0, reason, 0));
            Assert.Equal([new RelayClosed(closed)], Said(session));
            session.Acknowledge(1);
            Assert.Empty(Sent(session));
            Hear(session, Accepted(1));
            Assert.Empty(Said(session));
        }
    }

    [Fact]
    public void Draining_says_when_to_come_back_but_not_in_a_year()
    {
        var session = LoggedIn();
        Hear(session, new RelayFrame { Draining = new RelayDraining { ReconnectAfterMs = long.MaxValue } });
        Assert.Equal([new RelayClosed(RelayCloseReason.Draining, ReconnectAfter: TimeSpan.FromDays(1))], Said(session));
    }

    [Fact]
    public void A_token_is_missed_before_it_is_asked_for()
    {
        var challenge = Challenge();
        challenge.Challenge.TokenRequired = true;
        var session = new RelaySession(Key.Login(), Start);
        Hear(session, challenge);
        Assert.Equal([new RelayClosed(RelayCloseReason.Token)], Said(session));
        var guest = new RelaySession(Key.Login(), Start, guest: true);
        Hear(guest, challenge);
        Assert.Single(Sent(guest));
    }

    [Fact]
    public void What_is_out_of_place_or_too_long_ends_the_session()
    {
        RelayFrame[] strange =
        [
            Challenge(),
            Ready(),
            new RelayFrame { Deliver = new RelayDeliver() },
            new RelayFrame { Incoming = new RelayIncoming { From = ByteString.CopyFrom(new byte[31]) } },
            new RelayFrame
            {
                Incoming = new RelayIncoming
                {
                    From = ByteString.CopyFrom(new byte[32]),
                    Envelope = ByteString.CopyFrom(new byte[Limits.Envelope + 1]),
                },
            },
            new RelayFrame { RendezvousOpened = new RendezvousOpened { Slot = ByteString.CopyFrom(new byte[17]) } },
        ];
        foreach (var frame in strange)
        {
            var session = LoggedIn();
            Hear(session, frame);
            Assert.Equal([new RelayClosed(RelayCloseReason.Malformed)], Said(session));
        }
        var early = new RelaySession(Key.Login(), Start);
        Hear(early, Ready());
        Assert.Equal([new RelayClosed(RelayCloseReason.Malformed)], Said(early));
    }

    [Fact]
    public void No_bytes_make_it_throw()
    {
        var random = new SeededRandomness(4);
        for (var round = 0; round < 5_000; round++)
        {
            var session = round % 2 == 0 ? LoggedIn() : new RelaySession(Key.Login(), Start);
            var bytes = new byte[1 + round % 60];
            random.Fill(bytes);
            if (round % 3 == 0)
            {
                // Near misses: a valid frame with one byte changed.
                var valid = (round % 2 == 0 ? Refused(1, Reason.Busy, 5) : Challenge()).ToByteArray();
                valid[bytes[0] % valid.Length] ^= bytes[^1];
                bytes = valid;
            }
            session.HandleFrame(bytes, Start);
            Sent(session);
            Said(session);
        }
    }

    [Fact]
    public void A_circuit_is_heard_of_before_its_answer_and_datagrams_come_from_it()
    {
        var session = LoggedIn();
        Assert.True(session.HasCircuits);
        var asked = session.OpenCircuit(Peer);
        Assert.Equal(Peer.ToBytes(), Assert.Single(Sent(session)).CircuitOpen.Mailbox.ToByteArray());
        Hear(session, Opened(asked));
        Hear(session, Opened(0));
        Hear(session, new RelayFrame { CircuitDatagrams = Datagrams(4, 10) });
        Hear(session, new RelayFrame { CircuitClosed = new CircuitClosed { Circuit = Circuit } });
        var said = Said(session);
        Assert.Equal(new RelayCircuitOpened(1, Peer, Secret), said[0]);
        var answered = Assert.IsType<RelayAnswered>(said[1]);
        Assert.Equal((asked, RelayAnswer.Accepted, 16), (answered.Request, answered.Answer, answered.Payload.Length));
        Assert.Equal(new RelayCircuitOpened(1, Peer, Secret), said[2]);
        var arrived = Assert.IsType<RelayDatagramsArrived>(said[3]);
        Assert.Equal(((UInt128)1, 4, 10), (arrived.Circuit, arrived.Size, arrived.Payload.Length));
        Assert.Equal(new RelayCircuitClosed(1), said[4]);
    }

    [Fact]
    public void Datagrams_wait_behind_requests_before_blobs_and_not_for_ever()
    {
        var session = LoggedIn();
        session.PutChunk(new BlobId(1, 1), 0, 1, new byte[] { 1 });
        var passed = 0;
        while (session.SendDatagrams(1, 1200, new byte[60_000]))
        {
            passed++;
        }
        session.Deliver(Peer, TimeSpan.Zero, new byte[] { 2 });
        Assert.Equal(RelaySession.DatagramQueue / 60_000, passed);
        Assert.Equal(
            [
                RelayFrame.FrameOneofCase.Deliver,
                .. Enumerable.Repeat(RelayFrame.FrameOneofCase.CircuitDatagrams, passed),
                RelayFrame.FrameOneofCase.BlobPut,
            ],
            Sent(session).Select(frame => frame.FrameCase)
        );
        Assert.True(session.SendDatagrams(1, 1200, new byte[60_000]));
        Assert.False(new RelaySession(Key.Login(), Start).SendDatagrams(1, 1200, new byte[1]));
    }

    [Fact]
    public void A_relay_that_sends_what_is_no_datagram_or_no_circuit_is_left()
    {
        foreach (
            var frame in new RelayFrame[]
            {
                new() { CircuitDatagrams = Datagrams(0, 10) },
                new() { CircuitDatagrams = Datagrams(Limits.CircuitDatagram + 1, 10) },
                new() { CircuitDatagrams = Datagrams(1200, 0) },
                new() { CircuitDatagrams = Datagrams(1200, Limits.CircuitPayload + 1) },
                new() { CircuitDatagrams = Datagrams(1, Limits.CircuitPayload) },
                new() { CircuitDatagrams = Datagrams(100, (100 * Limits.CircuitDatagrams) + 1) },
                new()
                {
                    CircuitDatagrams = new CircuitDatagrams { Size = 1, Payload = Circuit },
                },
                new() { CircuitClosed = new CircuitClosed() },
                new() { CircuitOpened = new CircuitOpened { Circuit = Circuit } },
                OpenedWith(0, ByteString.Empty),
                OpenedWith(0, ByteString.CopyFrom(new byte[CircuitSecret.Size + 1])),
                new() { CircuitOpen = new CircuitOpen() },
            }
        )
        {
            var session = LoggedIn();
            Hear(session, frame);
            Assert.Equal([new RelayClosed(RelayCloseReason.Malformed)], Said(session));
        }
    }

    private static ByteString Circuit => ByteString.CopyFrom([.. new byte[15], 1]);

    private static CircuitSecret Secret =>
        CircuitSecret.TryFrom([.. new byte[15], 9], out var secret) ? secret : default;

    private static RelayFrame Opened(ulong request) => OpenedWith(request, ByteString.CopyFrom(Secret.ToBytes()));

    private static RelayFrame OpenedWith(ulong request, ByteString secret) =>
        new()
        {
            Request = request,
            CircuitOpened = new CircuitOpened
            {
                Circuit = Circuit,
                Mailbox = ByteString.CopyFrom(Peer.ToBytes()),
                Secret = secret,
            },
        };

    private static CircuitDatagrams Datagrams(int size, int length) =>
        new()
        {
            Circuit = Circuit,
            Size = (uint)size,
            Payload = ByteString.CopyFrom(new byte[length]),
        };

    private static RelaySession LoggedIn()
    {
        var session = new RelaySession(Key.Login(), Start);
        Hear(session, Challenge());
        Sent(session);
        Hear(session, Ready());
        Said(session);
        return session;
    }

    private static void Hear(RelaySession session, RelayFrame frame, DateTimeOffset? at = null) =>
        session.HandleFrame(frame.ToByteArray(), at ?? Start);

    private static List<RelayFrame> Sent(RelaySession session)
    {
        var sent = new List<RelayFrame>();
        while (session.TryPollTransmit(Start, out var frame))
        {
            sent.Add(RelayFrame.Parser.ParseFrom(frame.Span));
        }
        return sent;
    }

    private static List<RelayEvent> Said(RelaySession session)
    {
        var said = new List<RelayEvent>();
        while (session.TryPollEvent(out var next))
        {
            said.Add(next);
        }
        return said;
    }

    private static RelayFrame Challenge() =>
        new()
        {
            Challenge = new RelayChallenge
            {
                Version = 1,
                OldestVersion = 1,
                Nonce = ByteString.CopyFrom(new byte[32]),
            },
        };

    private static RelayFrame Ready() =>
        new()
        {
            Ready = new RelayReady { Version = 1, Circuits = true },
        };

    private static RelayFrame Accepted(ulong request) => new() { Request = request, Accepted = new RelayAccepted() };

    private static RelayFrame Refused(ulong request, Reason reason, long retryMs) =>
        new()
        {
            Request = request,
            Refused = new RelayRefused { Reason = reason, RetryAfterMs = retryMs },
        };
}
