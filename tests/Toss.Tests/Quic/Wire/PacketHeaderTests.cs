using CsCheck;
using Toss.Quic;
using Toss.Quic.Wire;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Quic.Wire;

/// <summary>RFC 9000 §12.2, §17, RFC 8999, RFC 9287.</summary>
public sealed class PacketHeaderTests
{
    private static readonly Gen<byte[]> s_id = Gen.Byte.Array[0, 20];

    [Fact]
    public void Long_headers_are_read_as_written_and_no_truncation_is() =>
        FixedSamples.Check(
            Gen.Select(Gen.Int[0, 2], s_id, s_id, Gen.Byte.Array[0, 70], Gen.Int[1, 4], Gen.Int[20, 100]),
            31,
            500,
            sample =>
            {
                var (kind, destination, source, token, numberLength, payload) = sample;
                var type = (PacketType)kind;
                token = type == PacketType.Initial ? token : [];
                var (to, from) = (new ConnectionId(destination), new ConnectionId(source));
                var buffer = new byte[400];
                var size = PacketWriter.WriteLongHeader(buffer, type, to, from, token, 0x01020304, numberLength);
                Assert.Equal(PacketWriter.LongHeaderSize(type, to, from, token.Length, numberLength), size);
                var packet = buffer.AsSpan(0, size + payload);
                PacketWriter.SetLength(packet, size, numberLength);

                // Another packet behind it does not belong to it.
                Assert.True(PacketHeader.TryRead(buffer, 8, greased: false, out var header));
                Assert.Equal((type, QuicVersion.One), (header.Type, header.Version));
                Assert.Equal((to, from), (header.Destination, header.Source));
                Assert.Equal(token, header.Token.ToArray());
                Assert.Equal((size - numberLength, packet.Length), (header.PacketNumberOffset, header.PacketLength));
                for (var length = 0; length < packet.Length; length++)
                {
                    Assert.False(PacketHeader.TryRead(packet[..length], 8, greased: false, out _));
                }
                packet[0] &= 0xbf;
                Assert.False(PacketHeader.TryRead(packet, 8, greased: false, out _));
                Assert.True(PacketHeader.TryRead(packet, 8, greased: true, out header));
                Assert.False(header.FixedBit);
            }
        );

    [Fact]
    public void Short_headers_are_read_as_written() =>
        FixedSamples.Check(
            Gen.Select(s_id, Gen.Int[1, 4], Gen.Bool, Gen.Bool),
            32,
            200,
            sample =>
            {
                var (id, numberLength, spin, fixedBit) = sample;
                var packet = new byte[60];
                var size = PacketWriter.WriteShortHeader(packet, new(id), 7, numberLength, spin, fixedBit);
                Assert.Equal(1 + id.Length + numberLength, size);
                Assert.Equal(spin, (packet[0] & 0x20) != 0);
                Assert.Equal(fixedBit, PacketHeader.TryRead(packet, id.Length, greased: false, out _));
                Assert.True(PacketHeader.TryRead(packet, id.Length, greased: true, out var header));
                Assert.Equal((PacketType.OneRtt, new ConnectionId(id)), (header.Type, header.Destination));
                Assert.Equal((1 + id.Length, 60), (header.PacketNumberOffset, header.PacketLength));
                for (var length = 0; length <= id.Length; length++)
                {
                    Assert.False(PacketHeader.TryRead(packet.AsSpan(0, length), id.Length, greased: true, out _));
                }
            }
        );

    [Fact]
    public void Another_version_is_answered_with_ours_whatever_the_length_of_its_ids()
    {
        byte[] asked = [0x80, 0xaa, 0xbb, 0xcc, 0xdd, 100, .. new byte[99], 1, 30, .. new byte[29], 2, 9, 9, 9];
        Assert.True(PacketHeader.TryRead(asked, 8, greased: false, out var header));
        Assert.Equal(PacketType.UnknownVersion, header.Type);
        Assert.Equal(0xaabbccdd, header.Version);
        var buffer = new byte[200];
        var size = PacketWriter.WriteVersionNegotiation(buffer, header, 0x15, [QuicVersion.One, 0x1a2a3a4a]);

        // Ids of more than 20 bytes are not ours to read back.
        Assert.False(PacketHeader.TryRead(buffer.AsSpan(0, size), 8, greased: false, out _));
        asked = [0x80, 0xaa, 0xbb, 0xcc, 0xdd, 2, 1, 2, 3, 4, 5, 6, 0];
        Assert.True(PacketHeader.TryRead(asked, 8, greased: false, out header));
        size = PacketWriter.WriteVersionNegotiation(buffer, header, 0x15, [QuicVersion.One, 0x1a2a3a4a]);
        Assert.True(PacketHeader.TryRead(buffer.AsSpan(0, size), 8, greased: false, out var answer));
        Assert.Equal(PacketType.VersionNegotiation, answer.Type);
        Assert.Equal(new ConnectionId([4, 5, 6]), answer.Destination);
        Assert.Equal(new ConnectionId([1, 2]), answer.Source);
        Assert.True(PacketWriter.Offers(answer.Versions, QuicVersion.One));
        Assert.True(QuicVersion.IsReserved(0x1a2a3a4a));
        Assert.False(PacketWriter.Offers(answer.Versions, 0xaabbccdd));
        Assert.False(PacketHeader.TryRead(buffer.AsSpan(0, size - 1), 8, greased: false, out _));
        Assert.False(PacketHeader.TryRead(buffer.AsSpan(0, size - 8), 8, greased: false, out _));
    }

    [Theory]
    [InlineData("c0000000011500000000000000000000000000000000000000000000004000", "an ID of 21 bytes")]
    [InlineData("f00000000100000102030405060708090a0b0c0d0e0f10", "a Retry without a token")]
    [InlineData("c0000000010000ffffffffffffffffff", "a token longer than the datagram")]
    [InlineData("e00000000100007fff00", "a length beyond the datagram")]
    [InlineData("", "nothing")]
    public void Malformed_headers_are_dropped(string hex, string rule) =>
        Assert.False(PacketHeader.TryRead(Convert.FromHexString(hex), 8, greased: false, out _), rule);

    [Fact]
    public void Random_bytes_never_throw_and_stay_in_the_datagram() =>
        FixedSamples.Check(
            Gen.Select(Gen.Byte.Array[0, 60], Gen.Bool),
            33,
            20_000,
            sample =>
            {
                var (bytes, ours) = sample;
                if (ours && bytes.Length > 6)
                {
                    (bytes[0], bytes[1], bytes[2], bytes[3], bytes[4]) = ((byte)(bytes[0] | 0xc0), 0, 0, 0, 1);
                    bytes[5] &= 0x0f;
                }
                if (PacketHeader.TryRead(bytes, 8, greased: true, out var header))
                {
                    Assert.InRange(header.PacketLength, header.PacketNumberOffset, bytes.Length);
                }
            }
        );
}
