using Toss.Quic;
using Toss.Quic.Wire;
using Xunit;

namespace Toss.Tests.Quic.Wire;

public sealed class MalformedFrameTests
{
    private const TransportErrorCode Encoding = TransportErrorCode.FrameEncodingError;
    private const TransportErrorCode Violation = TransportErrorCode.ProtocolViolation;

    private static readonly FrameRules s_rules = new(PacketType.OneRtt, FromClient: false, 1200, true);

    [Theory]
    [InlineData("1f", "§12.4: unknown type")]
    [InlineData("32", "§12.4: unknown type")]
    [InlineData("803fffff", "§12.4: unknown type in four bytes")]
    [InlineData("40", "§12.4: a type cut short")]
    [InlineData("0204000005", "§19.3.1: the first range is longer than the largest number")]
    [InlineData("020500010304", "§19.3: a range without its length")]
    [InlineData("02050001030100", "§19.3.1: a gap below zero")]
    [InlineData("02050001010201", "§19.3.1: a range below zero")]
    [InlineData("020a0001ff00000000000000", "§19.3: more ranges than bytes")]
    [InlineData("02ffffffffffffffff000100ffffffffffffffffffffffffffffffff", "§19.3.1: a gap of 2^62")]
    [InlineData("0305000000010203ff", "§19.3.2: counts cut short")]
    [InlineData("06ffffffffffffffff0100", "§19.6: beyond 2^62-1")]
    [InlineData("0700", "§19.7: an empty token")]
    [InlineData("0c04ffffffffffffffff00", "§19.8: beyond 2^62-1")]
    [InlineData("0e04ffffffffffffffff0100", "§19.8: beyond 2^62-1, with a length")]
    [InlineData("12d000000000000001", "§19.11: more than 2^60 streams")]
    [InlineData("13d000000000000001", "§19.11: more than 2^60 streams")]
    [InlineData("16d000000000000001", "§19.14: more than 2^60 streams")]
    [InlineData("17d000000000000001", "§19.14: more than 2^60 streams")]
    [InlineData("18010000" + "00000000000000000000000000000000", "§19.15: an ID of 0 bytes")]
    [InlineData(
        "18010015" + "0000000000000000000000000000000000000000ff" + "00000000000000000000000000000000",
        "§19.15: an ID of 21 bytes"
    )]
    [InlineData("18010201ff" + "00000000000000000000000000000000", "§19.15: retires more than there are")]
    [InlineData("1a00000000000000", "§19.17: 7 bytes")]
    [InlineData("1c000005aabb", "§19.19: the reason is cut short")]
    [InlineData("3105aabb", "RFC 9221 §4: the data is cut short")]
    [InlineData("809f81a60001020304ff", "address discovery: half a port")]
    public void Badly_encoded(string hex, string rule) => Assert.Equal((Encoding, rule), (Read(hex, s_rules), rule));

    [Fact]
    public void A_packet_without_frames_is_a_violation() => Assert.Equal(Violation, Read("", s_rules));

    [Theory]
    [InlineData("4001")]
    [InlineData("80000001")]
    [InlineData("c000000000000001")]
    [InlineData("400800")]
    [InlineData("4000")]
    public void A_type_in_more_bytes_than_it_needs_is_a_violation(string hex) =>
        Assert.Equal(Violation, Read(hex, s_rules));

    [Fact]
    public void A_stream_of_exactly_the_largest_offset_is_read()
    {
        Assert.Equal(TransportErrorCode.NoError, Read("0c04ffffffffffffffff", s_rules));
        Assert.Equal(TransportErrorCode.NoError, Read("0c04fffffffffffffffeaa", s_rules));
        Assert.Equal(TransportErrorCode.NoError, Read("12d000000000000000", s_rules));
    }

    [Fact]
    public void Datagrams_obey_what_we_announced()
    {
        var rules = s_rules with { MaxDatagramFrameSize = 4 };
        Assert.Equal(TransportErrorCode.NoError, Read("30aabbcc", rules));
        Assert.Equal(Violation, Read("30aabbccdd", rules));
        Assert.Equal(TransportErrorCode.NoError, Read("3102aabb", rules));
        Assert.Equal(Violation, Read("3103aabbcc", rules));
        Assert.Equal(Violation, Read("30", rules with { MaxDatagramFrameSize = 0 }));
    }

    [Fact]
    public void Observed_addresses_come_only_when_asked_for()
    {
        const string frame = "809f81a60501020304ffff";
        Assert.Equal(TransportErrorCode.NoError, Read(frame, s_rules));
        Assert.Equal(Violation, Read(frame, s_rules with { ObservedAddresses = false }));
    }

    [Fact]
    public void A_client_may_not_send_what_only_servers_send()
    {
        var rules = s_rules with { FromClient = true };
        Assert.Equal(Violation, Read("1e", rules));
        Assert.Equal(Violation, Read("0701aa", rules));
        Assert.Equal(TransportErrorCode.NoError, Read("1e", s_rules));
        Assert.Equal(TransportErrorCode.NoError, Read("0701aa", s_rules));
    }

    /// <summary>Table 3; for 0-RTT with the prohibitions of §12.5.</summary>
    [Theory]
    [InlineData("00", "IH01")]
    [InlineData("01", "IH01")]
    [InlineData("0205000000", "IH_1")]
    [InlineData("0305000000010203", "IH_1")]
    [InlineData("04000000", "__01")]
    [InlineData("050000", "__01")]
    [InlineData("060001aa", "IH_1")]
    [InlineData("0701aa", "___1")]
    [InlineData("0800", "__01")]
    [InlineData("0f000000", "__01")]
    [InlineData("1000", "__01")]
    [InlineData("110000", "__01")]
    [InlineData("1200", "__01")]
    [InlineData("1300", "__01")]
    [InlineData("1400", "__01")]
    [InlineData("150000", "__01")]
    [InlineData("1600", "__01")]
    [InlineData("1700", "__01")]
    [InlineData("18000001aa00000000000000000000000000000000", "__01")]
    [InlineData("1900", "___1")]
    [InlineData("1a0000000000000000", "__01")]
    [InlineData("1b0000000000000000", "___1")]
    [InlineData("1c000000", "IH01")]
    [InlineData("1d0000", "__01")]
    [InlineData("1e", "___1")]
    [InlineData("30", "__01")]
    [InlineData("3100", "__01")]
    [InlineData("809f81a60501020304ffff", "__01")]
    public void Frames_stand_only_where_they_may(string hex, string where)
    {
        PacketType[] types = [PacketType.Initial, PacketType.Handshake, PacketType.ZeroRtt, PacketType.OneRtt];
        for (var i = 0; i < types.Length; i++)
        {
            var expected = where[i] == '_' ? Violation : TransportErrorCode.NoError;
            Assert.Equal((types[i], expected), (types[i], Read(hex, s_rules with { Packet = types[i] })));
        }
    }

    [Fact]
    public void After_an_error_nothing_is_read_and_its_frame_is_named()
    {
        var reader = new FrameReader([0x01, 0x1f, 0x01], s_rules);
        Assert.True(reader.TryRead(out var ping));
        Assert.Equal(FrameType.Ping, ping.Type);
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.Equal((Encoding, 0x1f), (reader.Error, reader.WireType));
    }

    [Fact]
    public void Types_say_what_their_packet_does()
    {
        Assert.False(FrameTypes.IsAckEliciting(FrameType.Ack));
        Assert.False(FrameTypes.IsAckEliciting(FrameType.Padding));
        Assert.False(FrameTypes.IsAckEliciting(FrameType.ApplicationClose));
        Assert.True(FrameTypes.IsAckEliciting(FrameType.Datagram));
        Assert.True(FrameTypes.IsProbing(FrameType.PathResponse));
        Assert.True(FrameTypes.IsProbing(FrameType.ObservedAddressV6));
        Assert.False(FrameTypes.IsProbing(FrameType.Ping));
    }

    [Fact]
    public void What_no_frame_carries_is_the_writers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameWriter(new byte[50]).TryWriteNewToken([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameWriter(new byte[50]).TryWritePathChallenge([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new FrameWriter(new byte[50]).TryWriteNewConnectionId(1, 2, new([1]), new byte[16])
        );
        Assert.Throws<InvalidOperationException>(() =>
        {
            var writer = new FrameWriter(new byte[50]);
            writer.TryWriteDatagram([1], last: true);
            writer.TryWritePing();
        });
    }

    private static TransportErrorCode Read(string hex, FrameRules rules)
    {
        var reader = new FrameReader(Convert.FromHexString(hex), rules);
        while (reader.TryRead(out _)) { }
        return reader.Error;
    }
}
