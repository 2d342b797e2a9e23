using System.Diagnostics;
using Google.Protobuf;
using Toss.Crypto;
using Toss.Crypto.Envelopes;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class EnvelopeTests
{
    private static readonly DateTimeOffset Now = Party.Start;

    [Fact]
    public void Two_devices_talk_and_the_handshake_goes_away_with_the_first_answer()
    {
        var (a, b) = Party.Two();
        Assert.Null(a.Sessions.Sending);
        var first = a.Seal(b, "one");
        var second = a.Seal(b, "two");
        Assert.True(Outside(first).HasHandshake);
        Assert.True(Outside(second).HasHandshake);
        Assert.Equal(Outside(first).Session, Outside(second).Session);
        b.MustOpen(first, "one");
        b.MustOpen(second, "two");
        var answer = b.Seal(a, "three");
        Assert.False(Outside(answer).HasHandshake);
        a.MustOpen(answer, "three");
        Assert.False(Outside(a.Seal(b, "four")).HasHandshake);
        Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
        Assert.Equal(3UL, a.Sessions.Sent);
        Assert.Equal(1UL, a.Sessions.Received);
        Assert.Equal(2UL, b.Sessions.Received);
    }

    [Fact]
    public void A_claim_names_the_writer_and_carries_its_introduction()
    {
        var (a, b) = Party.Two();
        var introduction = new Introduction { Card = a.Key.Sign(Labels.Card, a.Card.ToByteArray()) };
        var outside = Outside(a.Seal(b, "x", introduction: introduction));
        Assert.Equal(
            OpenStatus.Opened,
            EnvelopeOpener.Identify(outside, b.Prekeys, Party.Circle, b.Key.Id, out var claim)
        );
        Assert.Equal(a.Key.Id, claim.Peer);
        Assert.Equal(a.Key.PublicKey.ToArray(), claim.PeerKey.ToArray());
        Assert.Equal(introduction, claim.Introduction);
        claim.Dispose();
        Assert.Throws<ObjectDisposedException>(() => EnvelopeOpener.Open(new PeerSessions(), outside, claim, Now));
    }

    [Fact]
    public void A_handshake_is_for_one_circle_one_reader_one_prekey()
    {
        var (a, b) = Party.Two();
        var outside = Outside(a.Seal(b, "x"));
        var otherCircle = SignedStatements.IdOf(new Genesis { Nonce = ByteString.CopyFrom(1) });
        Assert.Equal(
            OpenStatus.BadHandshake,
            EnvelopeOpener.Identify(outside, b.Prekeys, otherCircle, b.Key.Id, out _)
        );
        Assert.Equal(
            OpenStatus.BadHandshake,
            EnvelopeOpener.Identify(outside, b.Prekeys, Party.Circle, a.Key.Id, out _)
        );
        Assert.Equal(OpenStatus.UnknownPrekey, EnvelopeOpener.Identify(outside, [], Party.Circle, b.Key.Id, out _));
        Assert.Equal(
            OpenStatus.UnknownPrekey,
            EnvelopeOpener.Identify(outside, a.Prekeys, Party.Circle, b.Key.Id, out _)
        );
        b.MustOpen(a.Seal(b, "y"), "y");
        var later = Outside(b.Seal(a, "z"));
        Assert.Equal(OpenStatus.BadHandshake, EnvelopeOpener.Identify(later, b.Prekeys, Party.Circle, b.Key.Id, out _));
    }

    [Fact]
    public void An_older_prekey_still_opens_first_messages()
    {
        var (a, b) = Party.Two();
        var envelope = a.Seal(b, "x");
        b.Prekeys.Insert(0, PrekeyPair.Generate(new SeededRandomSource(5), Now.AddDays(7)));
        b.MustOpen(envelope, "x");
    }

    [Fact]
    public void Replays_are_refused_in_every_state_of_a_session()
    {
        var (a, b) = Party.Two();
        var first = a.Seal(b, "one");
        b.MustOpen(first, "one");
        b.MustRefuse(first, OpenStatus.Replayed);
        var answer = b.Seal(a, "two");
        a.MustOpen(answer, "two");
        a.MustRefuse(answer, OpenStatus.Replayed);
        var third = a.Seal(b, "three");
        b.MustOpen(third, "three");
        b.MustRefuse(third, OpenStatus.Replayed);
        b.MustRefuse(first);
        a.MustRefuse(answer);
        // One's own envelope, sent back.
        a.MustRefuse(first);
        a.MustRefuse(third);
    }

    [Fact]
    public void A_replayed_handshake_never_makes_a_second_session()
    {
        var (a, b) = Party.Two();
        var first = a.Seal(b, "one");
        b.MustOpen(first, "one");
        Assert.Single(b.Sessions.Ids);
        b.MustRefuse(first, OpenStatus.Replayed);
        // Even if the caller identifies it again.
        var outside = Outside(first);
        Assert.Equal(
            OpenStatus.Opened,
            EnvelopeOpener.Identify(outside, b.Prekeys, Party.Circle, b.Key.Id, out var claim)
        );
        Assert.Equal(OpenStatus.Replayed, EnvelopeOpener.Open(b.Sessions, outside, claim, Now).Status);
        Assert.Single(b.Sessions.Ids);

        // Once the session ended, its id is still known, and until the prekey is erased.
        a.Sessions.Renew();
        b.MustOpen(a.Seal(b, "two"), "two");
        Assert.True(b.Sessions.Expire(Now.AddDays(8)));
        Assert.Single(b.Sessions.Ids);
        b.MustRefuse(first, OpenStatus.Replayed);
        b.Restore(b.Snapshot());
        b.MustRefuse(first, OpenStatus.Replayed);
        Assert.True(b.Sessions.PrekeyErased(b.Prekeys[0].Public.Id.Memory));
        b.Prekeys.Clear();
        b.MustRefuse(first, OpenStatus.UnknownPrekey);
    }

    [Fact]
    public void Messages_open_in_any_order_and_once()
    {
        var (a, b) = Party.TwoInSession();
        var sent = Enumerable.Range(0, 20).Select(i => (Envelope: a.Seal(b, $"{i}"), Text: $"{i}")).ToList();
        sent.Reverse();
        foreach (var (envelope, text) in sent)
        {
            b.MustOpen(envelope, text);
            b.MustRefuse(envelope);
        }
    }

    [Fact]
    public void The_first_messages_open_in_any_order()
    {
        var (a, b) = Party.Two();
        var sent = Enumerable.Range(0, 5).Select(i => a.Seal(b, $"{i}")).ToList();
        foreach (var i in new[] { 3, 0, 4, 1, 2 })
        {
            b.MustOpen(sent[i], $"{i}");
        }
        Assert.Single(b.Sessions.Ids);
    }

    [Fact]
    public void A_message_overtaken_by_two_ratchet_steps_still_opens()
    {
        var (a, b) = Party.TwoInSession();
        var late = a.Seal(b, "late");
        var next = a.Seal(b, "next");
        b.MustOpen(next, "next");
        a.MustOpen(b.Seal(a, "r1"), "r1");
        b.MustOpen(a.Seal(b, "s1"), "s1");
        a.MustOpen(b.Seal(a, "r2"), "r2");
        b.MustOpen(a.Seal(b, "s2"), "s2");
        b.MustOpen(late, "late");
        b.MustRefuse(late);
    }

    [Fact]
    public void A_gap_larger_than_the_keys_we_would_keep_is_refused_before_any_key_is_derived()
    {
        var (a, b) = Party.TwoInSession();
        var envelopes = new List<byte[]>();
        for (var i = 0; i <= Limits.SkippedKeys + 1; i++)
        {
            envelopes.Add(a.Seal(b, $"{i}"));
        }
        b.MustRefuse(envelopes[^1], OpenStatus.TooManySkipped);
        b.MustOpen(envelopes[^2], $"{envelopes.Count - 2}");
        b.MustOpen(envelopes[^1], $"{envelopes.Count - 1}");
        b.MustOpen(envelopes[0], "0");
        b.MustOpen(envelopes[1000], "1000");
    }

    [Fact]
    public void A_header_that_claims_four_billion_skipped_messages_costs_nothing()
    {
        var (a, b) = Party.TwoInSession();
        var outside = Outside(a.Seal(b, "x"));
        foreach (
            var (number, previous) in new[] { (uint.MaxValue, 1u), (0u, uint.MaxValue), (uint.MaxValue, uint.MaxValue) }
        )
        {
            var header = outside.Header.Clone();
            header.Number = number;
            header.PreviousCount = previous;
            header.RatchetKey = ByteString.CopyFrom(Enumerable.Repeat((byte)9, 32).ToArray());
            b.Seal(a, "so that a ratchet key of mine waits");
            b.MustRefuse(With(outside, header), OpenStatus.TooManySkipped);
        }
    }

    [Fact]
    public void Skipped_keys_and_superseded_sessions_go_after_eight_days()
    {
        var (a, b) = Party.TwoInSession();
        var late = a.Seal(b, "late");
        b.MustOpen(a.Seal(b, "next"), "next");
        Assert.False(b.Sessions.Expire(Now.AddDays(8).AddMilliseconds(-1)));
        Assert.True(b.Sessions.Expire(Now.AddDays(8)));
        Assert.False(b.Sessions.Expire(Now.AddDays(8)));
        b.MustRefuse(late, OpenStatus.Replayed, OpenStatus.NotAuthentic);

        var old = a.Seal(b, "old session");
        a.Sessions.Renew();
        b.MustOpen(a.Seal(b, "new session"), "new session");
        Assert.Equal(2, b.Sessions.Ids.Count);
        Assert.True(b.Sessions.Expire(Now.AddDays(8)));
        Assert.Single(b.Sessions.Ids);
        b.MustRefuse(old, OpenStatus.UnknownSession, OpenStatus.Replayed);
    }

    [Fact]
    public void At_most_four_sessions_receive_and_the_oldest_gives_way()
    {
        var (a, b) = Party.Two();
        var waiting = new List<byte[]>();
        for (var i = 0; i < 6; i++)
        {
            a.Sessions.Renew();
            b.MustOpen(a.Seal(b, $"{i}"), $"{i}");
            waiting.Add(a.Seal(b, $"late {i}"));
        }
        Assert.Equal(Limits.SessionsPerPeer, b.Sessions.Ids.Count);
        Assert.Equal(Limits.SessionsPerPeer, a.Sessions.Ids.Count);
        b.MustRefuse(waiting[0], OpenStatus.Replayed);
        b.MustRefuse(waiting[1], OpenStatus.Replayed);
        for (var i = 2; i < 6; i++)
        {
            b.MustOpen(waiting[i], $"late {i}");
        }
    }

    [Fact]
    public void A_session_wants_renewal_after_seven_days_or_ten_thousand_messages()
    {
        var (a, b) = Party.TwoInSession();
        Assert.False(a.Sessions.WantsRenewal(Now.AddDays(7).AddMilliseconds(-1)));
        Assert.True(a.Sessions.WantsRenewal(Now.AddDays(7)));
        Assert.False(new PeerSessions().WantsRenewal(Now.AddDays(700)));
        while (!a.Sessions.WantsRenewal(Now))
        {
            b.MustOpen(a.Seal(b, "x"), "x");
        }
        Assert.Equal(10_000UL, a.Sessions.Sent + a.Sessions.Received);
        var old = a.Sessions.Sending;
        a.Sessions.Renew();
        Assert.Null(a.Sessions.Sending);
        Assert.False(a.Sessions.WantsRenewal(Now));
        b.MustOpen(a.Seal(b, "renewed"), "renewed");
        Assert.NotEqual(old, a.Sessions.Sending);
        Assert.Equal(a.Sessions.Sending, b.Sessions.Sending);
    }

    [Fact]
    public void A_stale_or_malformed_prekey_starts_nothing()
    {
        var (a, b) = Party.Two();
        Assert.Equal(SealStatus.StalePrekey, a.TrySeal(b, Party.Text("x"), Now.AddDays(14)).Status);
        Assert.Equal(SealStatus.Sealed, a.TrySeal(b, Party.Text("x"), Now.AddDays(14).AddMilliseconds(-1)).Status);
        // The session there is goes on, whatever the age of the prekey.
        Assert.Equal(SealStatus.Sealed, a.TrySeal(b, Party.Text("x"), Now.AddDays(30)).Status);
        a.Sessions.Renew();
        Assert.Equal(SealStatus.StalePrekey, a.TrySeal(b, Party.Text("x"), Now.AddDays(30)).Status);

        Bad(prekey => prekey.X25519 = ByteString.CopyFrom(new byte[32]));
        Bad(prekey => prekey.X25519 = ByteString.Empty);
        Bad(prekey => prekey.MlKem768 = ByteString.CopyFrom(Enumerable.Repeat((byte)0xff, 1184).ToArray()));
        Bad(prekey => prekey.MlKem768 = ByteString.Empty);
        Bad(prekey => prekey.Id = ByteString.Empty);
        var none = b.Card;
        none.Prekey = null;
        Assert.Equal(SealStatus.BadPrekey, a.TrySeal(b, Party.Text("x"), card: none).Status);

        void Bad(Action<Prekey> alter)
        {
            var card = b.Card;
            alter(card.Prekey);
            Assert.Equal(SealStatus.BadPrekey, a.TrySeal(b, Party.Text("x"), card: card).Status);
        }
    }

    [Fact]
    public void An_envelope_holds_an_inline_clip_and_not_more_than_its_limit()
    {
        var (a, b) = Party.Two();
        var clip = new string('x', Limits.InlineContent);
        var envelope = a.Seal(b, clip);
        Assert.True(envelope.Length <= Limits.Envelope);
        b.MustOpen(envelope, clip);
        Assert.Equal(SealStatus.TooLarge, a.TrySeal(b, Party.Text(new string('x', Limits.Envelope - 200))).Status);
        Assert.Equal(SealStatus.TooLarge, a.TrySeal(b, Party.Text(new string('x', Limits.Envelope * 2))).Status);
        b.MustOpen(a.Seal(b, "goes on"), "goes on");
    }

    [Fact]
    public void Short_texts_have_one_length()
    {
        var (a, b) = Party.TwoInSession();
        // The number of the very first message is left out of its header, as every zero is.
        a.Seal(b, "first");
        var lengths = new[] { "", "a", "correct horse battery staple", new string('p', 900) }
            .Select(text => a.Seal(b, text).Length)
            .Distinct();
        Assert.Single(lengths);
    }

    [Fact]
    public void Garbage_is_malformed_and_a_newer_version_says_so()
    {
        Assert.Equal(OpenStatus.Malformed, EnvelopeOpener.TryReadHeader(Array.Empty<byte>(), out _));
        Assert.Equal(OpenStatus.Malformed, EnvelopeOpener.TryReadHeader(new byte[] { 1, 2, 3 }, out _));
        Assert.Equal(OpenStatus.Malformed, EnvelopeOpener.TryReadHeader(new byte[Limits.Envelope + 1], out _));
        var newer = new Envelope { Version = 2 }.ToByteArray();
        Assert.Equal(OpenStatus.NewerVersion, EnvelopeOpener.TryReadHeader(newer, out _));
    }

    [Fact]
    public void Sessions_survive_the_disk_and_refuse_what_is_not_theirs()
    {
        var (a, b) = Party.TwoInSession();
        var late = a.Seal(b, "late");
        b.MustOpen(a.Seal(b, "next"), "next");
        b.Restore(b.Snapshot());
        a.Restore(a.Snapshot());
        b.MustOpen(late, "late");
        a.MustOpen(b.Seal(a, "x"), "x");

        var record = b.Snapshot();
        for (var length = 0; length < record.Length; length++)
        {
            if (PeerSessions.TryParse(record.AsSpan(0, length), out var cut))
            {
                Assert.NotEqual(record, cut.Serialize());
            }
        }
        Assert.False(PeerSessions.TryParse([], out _));
        Assert.False(PeerSessions.TryParse([0xff, 0xff], out _));
        Assert.DoesNotContain("root", b.Sessions.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Sealing_and_opening_a_kilobyte_takes_well_under_a_millisecond()
    {
        var (a, b) = Party.TwoInSession();
        var text = new string('x', 1024);
        var best = TimeSpan.MaxValue;
        for (var run = 0; run < 20; run++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < 10; i++)
            {
                b.MustOpen(a.Seal(b, text), text);
            }
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }
        // The best of twenty, with the test's own serialising and comparing: a loaded machine does not fail this.
        Assert.True(best < TimeSpan.FromMilliseconds(10), $"Ten messages took {best.TotalMilliseconds:F2} ms.");
    }

    private static EnvelopeOutside Outside(byte[] envelope)
    {
        Assert.Equal(OpenStatus.Opened, EnvelopeOpener.TryReadHeader(envelope, out var outside));
        return outside;
    }

    private static byte[] With(EnvelopeOutside outside, EnvelopeHeader header)
    {
        var envelope = outside.Envelope.Clone();
        envelope.Header = header.ToByteString();
        return envelope.ToByteArray();
    }
}
