using System.Text;
using Google.Protobuf;
using Toss.Crypto.Identity;
using Toss.Crypto.Pairing;
using Toss.Testing;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class PairingTests
{
    private static readonly byte[] Slot = "123"u8.ToArray();

    [Fact]
    public void One_code_on_both_sides_makes_one_channel()
    {
        using var run = Run.WithCode(1);
        run.Complete();
        Assert.Equal(run.Joiner.Channel!.Transcript.ToArray(), run.Inviter.Channel!.Transcript.ToArray());
        run.Exchange();
    }

    [Fact]
    public void A_link_does_too()
    {
        var random = new SeededRandomSource(2);
        using var shown = PairingCode.ForLink(new Uri("wss://relay.example/"), "token", random);
        Assert.True(PairingCode.TryParse(shown.Reveal(), out var scanned));
        using var run = new Run(shown, scanned, 2);
        run.Complete();
        run.Exchange();
    }

    [Fact]
    public void The_inviter_confirms_only_after_the_joiner_did()
    {
        using var run = Run.WithCode(1);
        Assert.True(run.Inviter.TryHandle(run.Joiner.Start(), out var pB));
        Assert.Null(run.Inviter.Channel);
        Assert.True(WireReader.TryRead<PairingMessage>(pB, Limits.PairingMessage, out var sent));
        Assert.Equal(PairingMessage.StepOneofCase.ShareB, sent.StepCase);
        Assert.True(run.Joiner.TryHandle(pB, out var cA));
        Assert.Null(run.Joiner.Channel);
        Assert.True(run.Inviter.TryHandle(cA, out var cB));
        Assert.NotNull(run.Inviter.Channel);
        Assert.Null(run.Joiner.Channel);
        Assert.True(run.Joiner.TryHandle(cB, out var nothing));
        Assert.Null(nothing);
    }

    [Fact]
    public void A_wrong_code_ends_at_the_inviter_without_a_confirmation()
    {
        using var shown = Code("123-456 789");
        using var typed = Code("123-456 788");
        using var run = new Run(shown, typed, 1);
        Assert.True(run.Inviter.TryHandle(run.Joiner.Start(), out var pB));
        Assert.True(run.Joiner.TryHandle(pB, out var cA));
        Assert.False(run.Inviter.TryHandle(cA, out var answer));
        Assert.Equal(PairingFailure.WrongCode, run.Inviter.Failure);
        Assert.Null(run.Inviter.Channel);
        Assert.True(WireReader.TryRead<PairingMessage>(answer, Limits.PairingMessage, out var told));
        Assert.Equal((uint)PairingFailure.WrongCode, told.Failed.Reason);
        Assert.False(run.Joiner.TryHandle(answer, out _));
        Assert.Equal(PairingFailure.WrongCode, run.Joiner.Failure);
        // And it stays ended, even for the right confirmation.
        Assert.False(run.Inviter.TryHandle(cA, out _));
        Assert.False(run.Inviter.TryHandle(run.Joiner.Start(), out _));
    }

    [Fact]
    public void An_inviter_without_the_code_is_found_out()
    {
        using var impostor = Code("123-000 000");
        using var typed = Code("123-456 789");
        using var run = new Run(impostor, typed, 1);
        Assert.True(run.Inviter.TryHandle(run.Joiner.Start(), out var pB));
        Assert.True(run.Joiner.TryHandle(pB, out _));
        var cB = new PairingMessage
        {
            Version = 1,
            ConfirmB = new() { Mac = ByteString.CopyFrom(new byte[32]) },
        };
        Assert.False(run.Joiner.TryHandle(cB.ToByteArray(), out _));
        Assert.Equal(PairingFailure.WrongCode, run.Joiner.Failure);
        Assert.Null(run.Joiner.Channel);
    }

    [Theory]
    [InlineData("slot")]
    [InlineData("kind")]
    [InlineData("kem key")]
    [InlineData("kem ciphertext")]
    [InlineData("pA")]
    [InlineData("pB")]
    [InlineData("cA")]
    [InlineData("cB")]
    public void Whatever_is_altered_on_the_way_fails_the_confirmation(string what)
    {
        using var shown = Code(what == "slot" ? "124-456 789" : "123-456 789");
        using var typed = Code("123-456 789");
        using var run = new Run(shown, typed, 1);
        using var other = Run.WithCode(7);
        var pA = Alter<PairingMessage>(
            run.Joiner.Start(),
            message =>
            {
                Assert.True(WireReader.TryRead<PairingMessage>(other.Joiner.Start(), 16384, out var foreign));
                switch (what)
                {
                    case "kem key":
                        message.ShareA.MlKem768 = foreign.ShareA.MlKem768;
                        break;
                    case "pA":
                        message.ShareA.PA = foreign.ShareA.PA;
                        break;
                    case "kind":
                        message.ShareA.Kind = 2;
                        break;
                }
            }
        );
        if (!run.Inviter.TryHandle(pA, out var pB))
        {
            Assert.Equal(PairingFailure.Malformed, run.Inviter.Failure);
            Assert.Equal("kind", what);
            return;
        }
        pB = Alter<PairingMessage>(
            pB!,
            message =>
            {
                Assert.True(other.Inviter.TryHandle(other.Joiner.Start(), out var foreignBytes));
                Assert.True(WireReader.TryRead<PairingMessage>(foreignBytes, 16384, out var foreign));
                switch (what)
                {
                    case "kem ciphertext":
                        message.ShareB.MlKemCiphertext = foreign.ShareB.MlKemCiphertext;
                        break;
                    case "pB":
                        message.ShareB.PB = foreign.ShareB.PB;
                        break;
                }
            }
        );
        Assert.True(run.Joiner.TryHandle(pB, out var cA));
        if (what == "cA")
        {
            cA![^1] ^= 1;
        }
        if (what == "cB")
        {
            Assert.True(run.Inviter.TryHandle(cA, out var cB));
            cB![^1] ^= 1;
            Assert.False(run.Joiner.TryHandle(cB, out _));
            Assert.Equal(PairingFailure.WrongCode, run.Joiner.Failure);
            return;
        }
        Assert.False(run.Inviter.TryHandle(cA, out _));
        Assert.Equal(PairingFailure.WrongCode, run.Inviter.Failure);
    }

    [Fact]
    public void Every_flipped_bit_and_cut_of_a_share_ends_the_run_or_fails_its_confirmation()
    {
        using var typed = Code("123-456 789");
        using var joiner = new PairingJoiner(typed, new SeededRandomSource(1));
        var pA = joiner.Start();
        for (var bit = 0; bit < pA.Length * 8; bit += bit < 80 * 8 ? 1 : 61)
        {
            pA[bit / 8] ^= (byte)(1 << (bit % 8));
            using var inviter = new PairingInviter(typed, new SeededRandomSource(2));
            if (inviter.TryHandle(pA, out var pB))
            {
                using var again = new PairingJoiner(typed, new SeededRandomSource(1));
                again.Start();
                Assert.True(again.TryHandle(pB, out var cA));
                Assert.False(inviter.TryHandle(cA, out _), $"Confirmed with bit {bit} flipped.");
            }
            Assert.Null(inviter.Channel);
            pA[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        for (var length = 0; length < pA.Length; length += 7)
        {
            using var inviter = new PairingInviter(typed, new SeededRandomSource(2));
            Assert.False(inviter.TryHandle(pA.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void Messages_out_of_order_end_the_run()
    {
        using (var run = Run.WithCode(1))
        {
            Assert.True(run.Inviter.TryHandle(run.Joiner.Start(), out _));
            Assert.False(run.Inviter.TryHandle(run.Joiner.Start(), out _));
            Assert.Equal(PairingFailure.OutOfOrder, run.Inviter.Failure);
        }
        using (var run = Run.WithCode(1))
        {
            Assert.False(run.Joiner.TryHandle(run.Joiner.Start(), out _));
            Assert.Equal(PairingFailure.OutOfOrder, run.Joiner.Failure);
        }
        using (var run = Run.WithCode(1))
        {
            var early = new PairingMessage
            {
                Version = 1,
                ConfirmA = new() { Mac = ByteString.CopyFrom(new byte[32]) },
            };
            Assert.False(run.Inviter.TryHandle(early.ToByteArray(), out _));
            Assert.Equal(PairingFailure.OutOfOrder, run.Inviter.Failure);
        }
        using (var run = Run.WithCode(1))
        {
            // pB before pA was sent.
            using var other = Run.WithCode(2);
            Assert.True(other.Inviter.TryHandle(other.Joiner.Start(), out var pB));
            Assert.False(run.Joiner.TryHandle(pB, out _));
        }
    }

    [Fact]
    public void Only_a_confirmation_we_checked_counts_against_the_code()
    {
        using var run = Run.WithCode(1);
        Assert.True(run.Inviter.TryHandle(run.Joiner.Start(), out _));
        var claimed = new PairingMessage
        {
            Version = 1,
            Failed = new() { Reason = (uint)PairingFailure.WrongCode },
        };
        Assert.False(run.Inviter.TryHandle(claimed.ToByteArray(), out var answer));
        Assert.Null(answer);
        Assert.Equal(PairingFailure.Withdrawn, run.Inviter.Failure);

        using var strange = Run.WithCode(1);
        var unknown = new PairingMessage
        {
            Version = 1,
            Failed = new() { Reason = 4_000_000_000 },
        };
        Assert.False(strange.Joiner.TryHandle(unknown.ToByteArray(), out _));
        Assert.Equal(PairingFailure.Withdrawn, strange.Joiner.Failure);
    }

    [Fact]
    public void Newer_versions_and_garbage_are_told_apart()
    {
        using var run = Run.WithCode(1);
        Assert.False(run.Inviter.TryHandle(new PairingMessage { Version = 2 }.ToByteArray(), out var answer));
        Assert.Equal(PairingFailure.NewerVersion, run.Inviter.Failure);
        Assert.False(run.Joiner.TryHandle(answer, out _));
        Assert.Equal(PairingFailure.NewerVersion, run.Joiner.Failure);

        foreach (var garbage in new byte[][] { [], [0xff], new byte[Limits.PairingMessage + 1], [8, 1] })
        {
            using var other = Run.WithCode(1);
            Assert.False(other.Inviter.TryHandle(garbage, out _));
            Assert.Equal(PairingFailure.Malformed, other.Inviter.Failure);
            Assert.False(other.Joiner.TryHandle(garbage, out _));
            Assert.Equal(PairingFailure.Malformed, other.Joiner.Failure);
        }
    }

    [Fact]
    public void A_channel_takes_the_next_message_of_the_other_side_and_nothing_else()
    {
        using var run = Run.WithCode(1);
        run.Complete();
        var (joiner, inviter) = (run.Joiner.Channel!, run.Inviter.Channel!);
        var first = joiner.Seal(new PairingPayload { Done = new Done() });
        var second = joiner.Seal(new PairingPayload { Declined = new Declined() });
        Assert.False(inviter.TryOpen(second, out _));
        Assert.False(joiner.TryOpen(first, out _));
        for (var bit = 0; bit < first.Length * 8; bit++)
        {
            first[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(inviter.TryOpen(first, out _), $"Opened with bit {bit} flipped.");
            first[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.True(inviter.TryOpen(first, out var payload));
        Assert.Equal(PairingPayload.PayloadOneofCase.Done, payload.PayloadCase);
        Assert.False(inviter.TryOpen(first, out _));
        Assert.True(inviter.TryOpen(second, out _));
        Assert.Throws<ArgumentException>(() =>
            joiner.Seal(new PairingPayload { Inviter = new() { Relay = new string('x', Limits.PairingMessage) } })
        );
        joiner.Dispose();
        Assert.Throws<ObjectDisposedException>(() => joiner.Seal(new PairingPayload { Done = new Done() }));
    }

    [Fact]
    public void A_transcript_signature_is_for_one_role_one_run_one_key()
    {
        using var run = Run.WithCode(1);
        using var other = Run.WithCode(2);
        run.Complete();
        other.Complete();
        using var key = DeviceKey.Generate(new SeededRandomSource(1));
        using var stranger = DeviceKey.Generate(new SeededRandomSource(2));
        var signature = run.Joiner.Channel!.SignTranscript(key);
        Assert.True(run.Inviter.Channel!.VerifyTranscript(key.PublicKey.Span, signature));
        Assert.False(run.Joiner.Channel.VerifyTranscript(key.PublicKey.Span, signature));
        Assert.False(other.Inviter.Channel!.VerifyTranscript(key.PublicKey.Span, signature));
        Assert.False(run.Inviter.Channel.VerifyTranscript(stranger.PublicKey.Span, signature));
        Assert.False(run.Inviter.Channel.VerifyTranscript([], []));
    }

    [Theory]
    [InlineData("123-456 789", "123", "123-456 789")]
    [InlineData("123456789", "123", "123-456 789")]
    [InlineData("  12 34-567-890 ", "1234", "1234-567 890")]
    [InlineData("000-000 000", "000", "000-000 000")]
    [InlineData("1234567890-123456", "1234567890", "1234567890-123 456")]
    public void Codes_are_read_as_people_write_them(string text, string slot, string shown)
    {
        using var code = Code(text);
        Assert.Equal(PairingKind.Code, code.Kind);
        Assert.Equal(slot, Encoding.ASCII.GetString(code.Slot.Span));
        Assert.Equal(shown, code.Reveal());
        Assert.Null(code.Relay);
        Assert.Equal("PairingCode(…)", code.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("12345678")]
    [InlineData("12345678901234567")]
    [InlineData("123-456 78a")]
    [InlineData("١٢٣٤٥٦٧٨٩")]
    [InlineData("toss://pair")]
    [InlineData("toss://pair#")]
    [InlineData("toss://pair#AAAA")]
    [InlineData("toss://pair#!!!!")]
    [InlineData("https://pair#CAESEAAAAAAAAAAAAAAAAAAAAAA")]
    public void Anything_else_is_no_code(string text) => Assert.False(PairingCode.TryParse(text, out _));

    [Fact]
    public void Links_carry_secret_relay_and_token_in_the_fragment_only()
    {
        using var code = PairingCode.ForLink(new Uri("wss://relay.example:8443/x"), "tok", new SeededRandomSource(1));
        var link = code.Reveal();
        Assert.StartsWith("toss://pair#", link, StringComparison.Ordinal);
        Assert.Equal(2, link.Split('#').Length);
        Assert.True(PairingCode.TryParse($" {link}\n", out var parsed));
        Assert.Equal(PairingKind.Link, parsed.Kind);
        Assert.Equal(code.Slot.ToArray(), parsed.Slot.ToArray());
        Assert.Equal(16, parsed.Slot.Length);
        Assert.Equal(code.Relay, parsed.Relay);
        Assert.Equal("tok", parsed.RelayToken);
        Assert.Equal(link, parsed.Reveal());
        for (var length = 0; length < link.Length; length++)
        {
            // A cut link is refused, or is another code: never this one with less.
            if (PairingCode.TryParse(link[..length], out var cut))
            {
                Assert.NotEqual(link, cut.Reveal());
            }
        }
        using var bare = PairingCode.ForLink(null, null, new SeededRandomSource(2));
        Assert.True(PairingCode.TryParse(bare.Reveal(), out var bareParsed));
        Assert.Null(bareParsed.Relay);
        Assert.Null(bareParsed.RelayToken);
        bare.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bare.Reveal());
    }

    [Fact]
    public void Links_with_strange_relays_or_versions_are_refused()
    {
        Assert.True(PairingCode.TryParse(Link(_ => { }), out _));
        Assert.False(PairingCode.TryParse(Link(link => link.Version = 2), out _));
        Assert.False(PairingCode.TryParse(Link(link => link.Secret = ByteString.CopyFrom(new byte[15])), out _));
        foreach (
            var relay in new[]
            {
                "https://x/",
                "file:///x",
                "relative",
                "wss://user@x/",
                "wss://" + new string('x', 600),
            }
        )
        {
            Assert.False(PairingCode.TryParse(Link(link => link.Relay = relay), out _), relay);
        }
        Assert.False(PairingCode.TryParse(Link(link => link.RelayToken = new string('x', 513)), out _));
        Assert.False(PairingCode.TryParse(new string('1', 100_000), out _));

        static string Link(Action<PairingLink> alter)
        {
            var link = new PairingLink
            {
                Version = 1,
                Secret = ByteString.CopyFrom(new byte[16]),
                Relay = "wss://x/",
            };
            alter(link);
            return "toss://pair#" + System.Buffers.Text.Base64Url.EncodeToString(link.ToByteArray());
        }
    }

    [Fact]
    public void New_codes_are_six_uniform_digits_behind_the_slot()
    {
        var random = new SeededRandomSource(1);
        var seen = new HashSet<string>();
        var firstDigits = new int[10];
        for (var i = 0; i < 2000; i++)
        {
            using var code = PairingCode.ForSlot(Slot, random);
            var text = code.Reveal();
            Assert.Matches("^123-[0-9]{3} [0-9]{3}$", text);
            seen.Add(text);
            firstDigits[text[4] - '0']++;
        }
        Assert.True(seen.Count > 1980);
        Assert.All(firstDigits, count => Assert.InRange(count, 140, 260));
        Assert.Throws<ArgumentException>(() => PairingCode.ForSlot("12"u8, random));
        Assert.Throws<ArgumentException>(() => PairingCode.ForSlot("12a"u8, random));
        Assert.Throws<ArgumentException>(() => PairingCode.ForLink(new Uri("https://x/"), null, random));
    }

    private static PairingCode Code(string text)
    {
        Assert.True(PairingCode.TryParse(text, out var code));
        return code;
    }

    private static byte[] Alter<T>(byte[] bytes, Action<T> alter)
        where T : class, IMessage<T>, new()
    {
        Assert.True(WireReader.TryRead<T>(bytes, Limits.PairingMessage, out var message));
        alter(message);
        return message.ToByteArray();
    }

    private sealed class Run(PairingCode shown, PairingCode typed, ulong seed) : IDisposable
    {
        public PairingInviter Inviter { get; } = new(shown, new SeededRandomSource(seed));

        public PairingJoiner Joiner { get; } = new(typed, new SeededRandomSource(seed + 100));

        public static Run WithCode(ulong seed) => new(Code("123-456 789"), Code("123456789"), seed);

        public void Complete()
        {
            Assert.True(Inviter.TryHandle(Joiner.Start(), out var pB));
            Assert.True(Joiner.TryHandle(pB, out var cA));
            Assert.True(Inviter.TryHandle(cA, out var cB));
            Assert.True(Joiner.TryHandle(cB, out _));
            Assert.Equal(PairingFailure.None, Inviter.Failure);
            Assert.Equal(PairingFailure.None, Joiner.Failure);
        }

        public void Exchange()
        {
            for (var i = 0; i < 3; i++)
            {
                var hello = new PairingPayload { Inviter = new() { Relay = $"wss://{i}/" } };
                Assert.True(Joiner.Channel!.TryOpen(Inviter.Channel!.Seal(hello), out var opened));
                Assert.Equal(hello, opened);
                Assert.True(Inviter.Channel.TryOpen(Joiner.Channel.Seal(new() { Done = new() }), out _));
            }
        }

        public void Dispose()
        {
            Inviter.Channel?.Dispose();
            Joiner.Channel?.Dispose();
            Inviter.Dispose();
            Joiner.Dispose();
        }
    }
}
