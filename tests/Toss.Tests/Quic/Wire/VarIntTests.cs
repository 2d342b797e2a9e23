using CsCheck;
using Toss.Quic;
using Toss.Quic.Wire;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Quic.Wire;

/// <summary>RFC 9000 §16, A.1, A.2, A.3.</summary>
public sealed class VarIntTests
{
    [Theory]
    [InlineData("c2197c5eff14e88c", 151_288_809_941_952_652)]
    [InlineData("9d7f3e7d", 494_878_333)]
    [InlineData("7bbd", 15_293)]
    [InlineData("25", 37)]
    public void Samples_of_A1_both_ways(string hex, long value)
    {
        var bytes = Convert.FromHexString(hex);
        Assert.True(VarInt.TryRead(bytes, out var read, out var length));
        Assert.Equal((value, bytes.Length), (read, length));
        var written = new byte[8];
        Assert.Equal(bytes, written[..VarInt.Write(written, value)]);
    }

    [Fact]
    public void A_longer_form_is_read_too()
    {
        Assert.True(VarInt.TryRead([0x40, 0x25], out var value, out var length));
        Assert.Equal((37, 2), (value, length));
        var two = new byte[2];
        VarInt.WriteTwo(two, 37);
        Assert.Equal(new byte[] { 0x40, 0x25 }, two);
    }

    [Fact]
    public void Any_value_survives_and_no_truncation_is_read() =>
        FixedSamples.Check(
            Gen.Long[0, VarInt.Maximum],
            11,
            500,
            value =>
            {
                foreach (var v in new[] { value, value >> 20, value >> 40, value >> 50, value >> 57 })
                {
                    var bytes = new byte[8];
                    var written = VarInt.Write(bytes, v);
                    Assert.Equal(VarInt.Length(v), written);
                    Assert.True(VarInt.TryRead(bytes.AsSpan(0, written), out var read, out var length));
                    Assert.Equal((v, written), (read, length));
                    for (var cut = 0; cut < written; cut++)
                    {
                        Assert.False(VarInt.TryRead(bytes.AsSpan(0, cut), out _, out _));
                    }
                }
            }
        );

    [Fact]
    public void What_has_no_encoding_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => VarInt.Length(VarInt.Maximum + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => VarInt.Length(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => VarInt.WriteTwo(new byte[2], 1 << 14));
    }

    [Theory]
    [InlineData(0xac5c02, 0xabe8b3, 2)]
    [InlineData(0xace8fe, 0xabe8b3, 3)]
    [InlineData(0, -1, 1)]
    [InlineData(127, -1, 1)]
    [InlineData(128, -1, 2)]
    [InlineData((1L << 31) - 1, -1, 4)]
    public void Lengths_of_A2(long number, long acknowledged, int length) =>
        Assert.Equal(length, PacketNumber.Length(number, acknowledged));

    [Fact]
    public void Sample_of_A3() => Assert.Equal(0xa82f9b32, PacketNumber.Decode(0xa82f30ea, 0x9b32, 2));

    [Fact]
    public void A_number_is_recovered_by_whoever_received_something_since_the_acknowledgement() =>
        FixedSamples.Check(
            Gen.Select(
                Gen.Long[0, VarInt.Maximum - (1L << 31)],
                Gen.Long[1, 1L << 31],
                Gen.Int[0, 30],
                Gen.Double.Unit
            ),
            12,
            2000,
            sample =>
            {
                var (acknowledged, range, shift, part) = sample;
                var distance = Math.Max(1, range >> shift);
                var number = acknowledged + distance;
                var length = PacketNumber.Length(number, acknowledged);
                var bytes = new byte[4];
                PacketNumber.Write(bytes, number, length);
                var truncated = bytes[..length].Aggregate(0L, (sum, b) => (sum << 8) | b);
                var largest = acknowledged + (long)((distance - 1) * part);
                Assert.Equal(number, PacketNumber.Decode(largest, truncated, length));
            }
        );

    [Fact]
    public void Connection_ids_compare_by_their_bytes_and_hide_them()
    {
        var a = new ConnectionId([1, 2, 3, 4, 5]);
        Assert.Equal(a, new ConnectionId([1, 2, 3, 4, 5]));
        Assert.Equal(a.GetHashCode(), new ConnectionId([1, 2, 3, 4, 5]).GetHashCode());
        Assert.NotEqual(a, new ConnectionId([1, 2, 3, 4, 5, 0]));
        Assert.NotEqual(a, new ConnectionId([1, 2, 3, 4, 6]));
        Assert.True(default(ConnectionId).IsEmpty);
        Assert.Equal("0102…(5)", a.ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConnectionId(new byte[21]));
    }

    [Fact]
    public void Alerts_are_crypto_errors()
    {
        Assert.Equal(0x0178, (long)CryptoErrors.FromAlert(120));
        Assert.True(CryptoErrors.TryGetAlert((TransportErrorCode)0x012a, out var alert));
        Assert.Equal(42, alert);
        Assert.False(CryptoErrors.TryGetAlert(TransportErrorCode.NoViablePath, out _));
        Assert.False(CryptoErrors.TryGetAlert((TransportErrorCode)0x0200, out _));
    }
}
