using System.Net;
using Toss.Transport.Mapping;
using Xunit;

namespace Toss.Tests.Transport.Mapping;

public sealed class MappingMessageTests
{
    private static readonly byte[] Nonce = Convert.FromHexString("000102030405060708090a0b");

    /// <summary>RFC 6887 §7.1, §11.1, figure 2 and 9, written out.</summary>
    [Fact]
    public void A_request_of_PCP_is_as_its_RFC_draws_it()
    {
        var bytes = new byte[PcpMessage.MapSize];
        PcpMessage.WriteMap(
            bytes,
            Nonce,
            IPAddress.Parse("192.168.1.7"),
            0xA028,
            IPEndPoint.Parse("203.0.113.9:41001"),
            TimeSpan.FromHours(2)
        );
        Assert.Equal(
            "02010000"
                + "00001c20"
                + "00000000000000000000ffffc0a80107"
                + "000102030405060708090a0b"
                + "11000000"
                + "a028"
                + "a029"
                + "00000000000000000000ffffcb007109",
            Convert.ToHexStringLower(bytes)
        );
    }

    [Fact]
    public void An_answer_of_PCP_is_read_whole_or_not_at_all()
    {
        var bytes = Convert.FromHexString(
            "02810000"
                + "00000e10"
                + "0000002a"
                + "000000000000000000000000"
                + "000102030405060708090a0b"
                + "11000000"
                + "a028"
                + "a029"
                + "00000000000000000000ffffcb007109"
        );
        Assert.True(PcpMessage.TryReadMap(bytes, Nonce, out var answer));
        Assert.Equal(
            new MappingAnswer(0, 42, TimeSpan.FromHours(1), 0xA028, 0xA029, IPAddress.Parse("203.0.113.9")),
            answer
        );
        // Options may follow, whole words of them.
        Assert.True(PcpMessage.TryReadMap([.. bytes, 1, 2, 3, 4], Nonce, out _));
        Assert.False(PcpMessage.TryReadMap([.. bytes, 1, 2], Nonce, out _));
        Assert.False(PcpMessage.TryReadMap([.. bytes, .. new byte[1044]], Nonce, out _));
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(PcpMessage.TryReadMap(bytes.AsSpan(0, length), Nonce, out _));
        }
        bytes[1] = 0x01; // a request
        Assert.False(PcpMessage.TryReadMap(bytes, Nonce, out _));
    }

    [Theory]
    [InlineData("008000000000002acb007109", true)]
    [InlineData("008000000000002acb0071", false)]
    [InlineData("008100000000002aa028a02900000e10", true)]
    [InlineData("008100000000002aa028a02900000e", false)]
    [InlineData("008100020000002a", true)] // refused, in short
    [InlineData("008100000000002a", false)]
    [InlineData("008200000000002aa028a02900000e10", false)] // TCP
    [InlineData("000100000000002aa028a02900000e10", false)] // a request
    [InlineData("018100000000002aa028a02900000e10", false)]
    [InlineData("", false)]
    public void Answers_of_NAT_PMP_have_their_lengths(string hex, bool isOne) =>
        Assert.Equal(isOne, NatPmpMessage.TryRead(Convert.FromHexString(hex), out _));
}
