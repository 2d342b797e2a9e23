using CsCheck;
using Toss.Tests.Crypto;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Wire;

public sealed class IdTests
{
    [Fact]
    public void Every_id_round_trips_through_bytes_and_text()
    {
        FixedSamples.Check(
            Gen.Byte.Array[32],
            1,
            100,
            bytes =>
            {
                Assert.True(DeviceId.TryFrom(bytes, out var device));
                Same(bytes, device.ToBytes(), device.ToString(), device.Short);
                Assert.True(DeviceId.TryParse(device.ToString(), out var deviceAgain));
                Assert.Equal(device, deviceAgain);
                Assert.True(DeviceId.TryParse(device.ToString().ToUpperInvariant(), out deviceAgain));
                Assert.Equal(device, deviceAgain);

                Assert.True(CircleId.TryFrom(bytes, out var circle));
                Same(bytes, circle.ToBytes(), circle.ToString(), circle.Short);
                Assert.True(CircleId.TryParse(circle.ToString(), out var circleAgain));
                Assert.Equal(circle, circleAgain);

                Assert.True(MailboxId.TryFrom(bytes, out var mailbox));
                Same(bytes, mailbox.ToBytes(), mailbox.ToString(), mailbox.Short);
                Assert.True(MailboxId.TryParse(mailbox.ToString(), out var mailboxAgain));
                Assert.Equal(mailbox, mailboxAgain);

                Assert.True(BlobId.TryFrom(bytes, out var blob));
                Same(bytes, blob.ToBytes(), blob.ToString(), blob.Short);
                Assert.True(BlobId.TryParse(blob.ToString(), out var blobAgain));
                Assert.Equal(blob, blobAgain);

                Assert.True(EnvelopeHash.TryFrom(bytes, out var hash));
                Same(bytes, hash.ToBytes(), hash.ToString(), hash.Short);
                Assert.True(EnvelopeHash.TryParse(hash.ToString(), out var hashAgain));
                Assert.Equal(hash, hashAgain);

                Assert.True(StatementId.TryFrom(bytes, out var statement));
                Same(bytes, statement.ToBytes(), statement.ToString(), statement.Short);
                Assert.True(StatementId.TryParse(statement.ToString(), out var statementAgain));
                Assert.Equal(statement, statementAgain);

                var half = bytes[..16];
                Assert.True(SessionId.TryFrom(half, out var session));
                Same(half, session.ToBytes(), session.ToString(), session.Short);
                Assert.True(SessionId.TryParse(session.ToString(), out var sessionAgain));
                Assert.Equal(session, sessionAgain);

                Assert.True(MessageId.TryFrom(half, out var message));
                Same(half, message.ToBytes(), message.ToString(), message.Short);
                Assert.True(MessageId.TryParse(message.ToString(), out var messageAgain));
                Assert.Equal(message, messageAgain);

                Assert.True(ClipId.TryFrom(half, out var clip));
                Same(half, clip.ToBytes(), clip.ToString(), clip.Short);
                Assert.True(ClipId.TryParse(clip.ToString(), out var clipAgain));
                Assert.Equal(clip, clipAgain);
            }
        );
    }

    [Fact]
    public void Other_lengths_and_other_texts_are_no_ids()
    {
        for (var length = 0; length < 40; length++)
        {
            var bytes = new byte[length];
            Assert.Equal(length == 32, DeviceId.TryFrom(bytes, out _));
            Assert.Equal(length == 32, CircleId.TryFrom(bytes, out _));
            Assert.Equal(length == 32, MailboxId.TryFrom(bytes, out _));
            Assert.Equal(length == 32, BlobId.TryFrom(bytes, out _));
            Assert.Equal(length == 32, EnvelopeHash.TryFrom(bytes, out _));
            Assert.Equal(length == 32, StatementId.TryFrom(bytes, out _));
            Assert.Equal(length == 16, SessionId.TryFrom(bytes, out _));
            Assert.Equal(length == 16, MessageId.TryFrom(bytes, out _));
            Assert.Equal(length == 16, ClipId.TryFrom(bytes, out _));
        }
        foreach (var text in new[] { "", "zz", new string('0', 63), new string('0', 65), new string('g', 64) })
        {
            Assert.False(DeviceId.TryParse(text, out _));
            Assert.False(BlobId.TryParse(text, out _));
            Assert.False(SessionId.TryParse(text, out _));
            Assert.False(ClipId.TryParse(text, out _));
        }
    }

    [Fact]
    public void Ids_order_as_their_bytes_do()
    {
        FixedSamples.Check(
            Gen.Select(Gen.Byte.Array[32], Gen.Byte.Array[32]),
            2,
            200,
            pair =>
            {
                var (x, y) = pair;
                _ = DeviceId.TryFrom(x, out var deviceX);
                _ = DeviceId.TryFrom(y, out var deviceY);
                Assert.Equal(Math.Sign(x.AsSpan().SequenceCompareTo(y)), Math.Sign(deviceX.CompareTo(deviceY)));
                _ = SessionId.TryFrom(x.AsSpan(0, 16), out var sessionX);
                _ = SessionId.TryFrom(y.AsSpan(0, 16), out var sessionY);
                Assert.Equal(
                    Math.Sign(x.AsSpan(0, 16).SequenceCompareTo(y.AsSpan(0, 16))),
                    Math.Sign(sessionX.CompareTo(sessionY))
                );
            }
        );
    }

    [Fact]
    public void A_clip_id_is_a_UUIDv7()
    {
        // RFC 9562 appendix A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F, of 2022-02-22 14:22:22 -05:00.
        var id = ClipId.FromParts(0x017F22E279B0, [0x0C, 0xC3, 0x18, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F]);
        Assert.Equal("017f22e279b07cc398c4dc0c0c07398f", id.ToString());
        var later = ClipId.FromParts(0x017F22E279B1, new byte[10]);
        Assert.True(later.CompareTo(id) > 0);
    }

    private static void Same(byte[] expected, byte[] bytes, string text, string shortText)
    {
        Assert.Equal(expected, bytes);
        Assert.Equal(Convert.ToHexStringLower(expected), text);
        Assert.Equal(text[..8], shortText);
    }
}
