using Google.Protobuf;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

/// <summary>What an attacker on the path, a thief of a disk and a restored backup can and cannot do.</summary>
public sealed class EnvelopeAttackTests
{
    private static readonly DateTimeOffset Now = Party.Start;

    [Fact]
    public void Every_flipped_bit_of_a_message_is_refused_without_a_trace()
    {
        var (a, b) = Party.TwoInSession();
        var envelope = a.Seal(b, "payload");
        // Every bit of what is not ciphertext, and of the ciphertext's ends; between them samples.
        FlipAll(b, envelope, bit => bit / 8 < 160 || bit / 8 > envelope.Length - 40 || bit % 29 == 0);
        b.MustOpen(envelope, "payload");
    }

    [Fact]
    public void Every_flipped_bit_of_a_handshake_is_refused_without_a_trace()
    {
        var (a, b) = Party.Two();
        var envelope = a.Seal(b, "payload");
        // Decapsulation costs: every bit of header, ephemeral key and sealed identity, samples of the two ciphertexts.
        FlipAll(
            b,
            envelope,
            bit =>
                (bit / 8) switch
                {
                    < 80 => true,
                    < 1190 => bit % 131 == 0,
                    < 1500 => true,
                    _ => bit % 61 == 0,
                }
        );
        b.MustOpen(envelope, "payload");
    }

    [Fact]
    public void Every_cut_is_refused_without_a_trace()
    {
        var (a, b) = Party.Two();
        var first = a.Seal(b, "payload");
        for (var length = 0; length < first.Length; length += 3)
        {
            b.MustRefuse(first[..length]);
        }
        b.MustOpen(first, "payload");
        var answer = b.Seal(a, "answer");
        for (var length = 0; length < answer.Length; length++)
        {
            a.MustRefuse(answer[..length]);
        }
        a.MustOpen(answer, "answer");
    }

    [Fact]
    public void Parts_of_two_envelopes_do_not_mix()
    {
        var (a, b) = Party.TwoInSession();
        Assert.True(WireReader.TryRead<Envelope>(a.Seal(b, "one"), Limits.Envelope, out var one));
        Assert.True(WireReader.TryRead<Envelope>(a.Seal(b, "two"), Limits.Envelope, out var two));
        (one.Ciphertext, two.Ciphertext) = (two.Ciphertext, one.Ciphertext);
        b.MustRefuse(one.ToByteArray(), OpenStatus.NotAuthentic);
        b.MustRefuse(two.ToByteArray(), OpenStatus.NotAuthentic);
    }

    [Fact]
    public void Another_device_cannot_pass_a_handshake_on_as_its_own()
    {
        // The attacker is a member too, and has the identity that A sealed for it: it cannot seal it again for B.
        var (a, b) = Party.Two();
        var attacker = new Party(5);
        Assert.Equal(OpenStatus.Opened, EnvelopeOpener.TryReadHeader(a.Seal(attacker, "x"), out var outside));
        // Only the attacker's prekey opens it; B has no such prekey, and as the attacker B is not its reader.
        Assert.Equal(
            OpenStatus.UnknownPrekey,
            EnvelopeOpener.Identify(outside, b.Prekeys, Party.Circle, b.Key.Id, out _)
        );
        Assert.Equal(
            OpenStatus.BadHandshake,
            EnvelopeOpener.Identify(outside, attacker.Prekeys, Party.Circle, b.Key.Id, out _)
        );
    }

    [Fact]
    public void A_stolen_snapshot_opens_nothing_opened_before()
    {
        var (a, b) = Party.Two();
        var recorded = new List<byte[]>();
        for (var round = 0; round < 4; round++)
        {
            for (var i = 0; i < 3; i++)
            {
                var toB = a.Seal(b, $"{round}.{i}");
                b.MustOpen(toB, $"{round}.{i}");
                recorded.Add(toB);
            }
            var toA = b.Seal(a, $"answer {round}");
            a.MustOpen(toA, $"answer {round}");
        }
        var thief = b.Thief(b.Snapshot());
        foreach (var envelope in recorded)
        {
            thief.MustRefuse(envelope);
        }
    }

    [Fact]
    public void Nor_without_the_ended_list_once_the_prekey_is_erased()
    {
        var (a, b) = Party.Two();
        var first = a.Seal(b, "first");
        b.MustOpen(first, "first");
        // While its prekey lives, a first message is open to whoever has prekey and no memory: protocol §3 says so.
        var thief = b.Thief(new PeerSessions().Serialize());
        thief.MustOpen(first, "first");
        var late = b.Thief(new PeerSessions().Serialize());
        late.Prekeys.Clear();
        late.MustRefuse(first, OpenStatus.UnknownPrekey);
    }

    [Fact]
    public void A_stolen_snapshot_opens_what_is_in_flight_and_nothing_after_the_next_round_trip()
    {
        var (a, b) = Party.TwoInSession();
        var inFlight = a.Seal(b, "in flight");
        var stolenFromB = b.Snapshot();
        var stolenFromA = a.Snapshot();
        var thiefOfB = b.Thief(stolenFromB);
        thiefOfB.MustOpen(inFlight, "in flight");
        b.MustOpen(inFlight, "in flight");

        // One round trip without the thief.
        var toA = b.Seal(a, "fresh key of B");
        a.MustOpen(toA, "fresh key of B");
        var toB = a.Seal(b, "fresh key of A");
        b.MustOpen(toB, "fresh key of A");

        var healedToA = b.Seal(a, "healed");
        var healedToB = a.Seal(b, "healed");
        foreach (var later in new[] { toB, healedToB })
        {
            b.Thief(stolenFromB).MustRefuse(later);
            // With everything in between as well.
            var patient = b.Thief(stolenFromB);
            patient.MustOpen(inFlight, "in flight");
            patient.MustRefuse(later);
        }
        var thiefOfA = a.Thief(stolenFromA);
        Assert.Equal(OpenStatus.Opened, thiefOfA.Open(toA).Status);
        thiefOfA.MustRefuse(healedToA);
        a.MustOpen(healedToA, "healed");
        b.MustOpen(healedToB, "healed");
    }

    [Fact]
    public void A_rolled_back_state_repeats_no_key_and_nonce()
    {
        var (a, b) = Party.TwoInSession();
        var backup = a.Snapshot();
        var envelopes = new List<byte[]>();
        for (var life = 0; life < 5; life++)
        {
            a.Restore(backup);
            for (var i = 0; i < 5; i++)
            {
                envelopes.Add(a.Seal(b, $"life {life}, message {i}"));
            }
        }
        Assert.Equal(a.Keys.Count, a.Keys.Distinct().Count());
        Assert.Equal(a.Keys.Count, a.Keys.Select(key => key[..64]).Distinct().Count());
        // Of the messages with the same number one opens, the others are replays: never two plaintexts for one key.
        var opened = envelopes.Count(envelope => b.Open(envelope).Status == OpenStatus.Opened);
        Assert.InRange(opened, 5, 25);
    }

    [Fact]
    public void Both_start_at_once_and_converge()
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            var (a, b) = Party.Two(seed);
            var fromA = a.Seal(b, "from A");
            var fromB = b.Seal(a, "from B");
            var moreFromA = a.Seal(b, "more from A");
            a.MustOpen(fromB, "from B");
            b.MustOpen(fromA, "from A");
            b.MustOpen(moreFromA, "more from A");
            Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
            Assert.Equal(a.Sessions.Ids.Min(), a.Sessions.Sending);
            b.MustOpen(a.Seal(b, "x"), "x");
            a.MustOpen(b.Seal(a, "y"), "y");
            Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
            a.MustOpen(b.Seal(a, "z"), "z");
        }
    }

    [Fact]
    public void Handshakes_that_arrive_in_the_wrong_order_leave_the_newest_current()
    {
        var (a, b) = Party.Two();
        var older = a.Seal(b, "older");
        a.Sessions.Renew();
        var newer = a.Seal(b, "newer");
        a.Sessions.Renew();
        var newest = a.Seal(b, "newest");
        b.MustOpen(newest, "newest");
        b.MustOpen(older, "older");
        b.MustOpen(newer, "newer");
        Assert.Equal(3, b.Sessions.Ids.Count);
        Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_side_that_lost_its_sessions_heals_with_a_new_handshake(bool answered)
    {
        var (a, b) = Party.Two();
        b.MustOpen(a.Seal(b, "one"), "one");
        if (answered)
        {
            a.MustOpen(b.Seal(a, "two"), "two");
        }
        b.Sessions = new();
        if (answered)
        {
            b.MustRefuse(a.Seal(b, "lost"), OpenStatus.UnknownSession);
        }
        a.MustOpen(b.Seal(a, "new start"), "new start");
        b.MustOpen(a.Seal(b, "three"), "three");
        a.MustOpen(b.Seal(a, "four"), "four");
        Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
    }

    [Fact]
    public void A_session_against_a_prekey_that_is_gone_heals_by_renewal()
    {
        var (a, b) = Party.Two();
        var lost = a.Seal(b, "lost");
        b.Prekeys[0] = PrekeyPair.Generate(new SeededRandomSource(9), Now);
        b.MustRefuse(lost, OpenStatus.UnknownPrekey);
        a.Sessions.Renew();
        b.MustOpen(a.Seal(b, "again"), "again");
    }

    [Fact]
    public void The_envelope_shows_no_identity_and_no_content()
    {
        var (a, b) = Party.Two();
        var introduction = new Introduction { Card = a.Key.Sign("toss/card/v1", a.Card.ToByteArray()) };
        var envelope = a.Seal(b, "a secret text", introduction: introduction);
        foreach (
            var hidden in new byte[][]
            {
                "a secret text"u8.ToArray(),
                a.Key.PublicKey.ToArray(),
                b.Key.PublicKey.ToArray(),
                a.Key.Id.ToBytes(),
                b.Key.Id.ToBytes(),
                Party.Circle.ToBytes(),
            }
        )
        {
            Assert.Equal(-1, envelope.AsSpan().IndexOf(hidden));
        }
    }

    private static void FlipAll(Party reader, byte[] envelope, Func<int, bool> chosen)
    {
        for (var bit = 0; bit < envelope.Length * 8; bit++)
        {
            if (!chosen(bit))
            {
                continue;
            }
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
            var status = reader.Open(envelope).Status;
            Assert.True(status != OpenStatus.Opened, $"Opened with bit {bit} flipped.");
            envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
