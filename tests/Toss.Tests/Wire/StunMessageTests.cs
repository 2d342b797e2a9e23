using System.Net;
using CsCheck;
using Toss.Wire.Stun;
using Xunit;

namespace Toss.Tests.Wire;

public sealed class StunMessageTests
{
    private const string Transaction = "b7e7a701bc34d686fa87dfae";

    /// <summary>RFC 5769 §2.2 and §2.3.</summary>
    private const string Response4 =
        "0101003c2112a442"
        + Transaction
        + "8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d7"
        + "80280004c07d4c96";

    private const string Response6 =
        "010100482112a442"
        + Transaction
        + "8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
        + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

    [Theory]
    [InlineData(Response4, "192.0.2.1:32853")]
    [InlineData(Response6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    public void Published_answers_are_read(string response, string mapped)
    {
        Assert.True(
            StunMessage.TryReadSuccess(
                Convert.FromHexString(response),
                Convert.FromHexString(Transaction),
                out var read
            )
        );
        Assert.Equal(IPEndPoint.Parse(mapped), read);
    }

    [Theory]
    [InlineData(Response4)]
    [InlineData(Response6)]
    public void A_changed_answer_is_none(string response)
    {
        var good = Convert.FromHexString(response);
        // But for the type of the fingerprint: one that is not there is not wrong.
        var type = good.Length - 8;
        for (var i = 0; i < good.Length; i = i + 1 == type ? type + 2 : i + 1)
        {
            var bad = (byte[])good.Clone();
            bad[i] ^= 1;
            Assert.False(StunMessage.TryReadSuccess(bad, Convert.FromHexString(Transaction), out _), $"byte {i}");
        }
        Assert.False(StunMessage.TryReadSuccess(good, new byte[12], out _));
    }

    [Theory]
    [InlineData("192.0.2.1:32853")]
    [InlineData("[2001:db8:1234:5678:11:2233:4455:6677]:32853")]
    [InlineData("255.255.255.255:65535")]
    public void What_a_server_writes_a_client_reads(string from)
    {
        var transaction = Convert.FromHexString(Transaction);
        var request = new byte[StunMessage.RequestSize];
        var answer = new byte[StunMessage.MaxSize];

        Assert.Equal(request.Length, StunMessage.WriteRequest(request, transaction));
        Assert.True(StunMessage.IsRequest(request, out _));
        var length = StunMessage.WriteSuccess(answer, request, IPEndPoint.Parse(from));

        // Little more than was asked with: nobody floods another by it.
        Assert.InRange(length, 40, 52);
        Assert.True(StunMessage.TryReadSuccess(answer.AsSpan(0, length), transaction, out var mapped));
        Assert.Equal(IPEndPoint.Parse(from), mapped);
    }

    /// <summary>RFC 5780 §7.2.</summary>
    [Theory]
    [InlineData("192.0.2.1:32853", 40)]
    [InlineData("[2001:db8:1234:5678:11:2233:4455:6677]:32853", 52)]
    public void A_request_may_be_for_an_answer_from_another_port_and_gets_no_longer_one(string from, int answered)
    {
        var request = new byte[StunMessage.OtherPortRequestSize];
        Assert.Equal(request.Length, StunMessage.WriteOtherPortRequest(request, Convert.FromHexString(Transaction)));
        Assert.Equal("0003000400000002", Convert.ToHexStringLower(request[20..28]));
        Assert.True(StunMessage.IsRequest(request, out var fromOtherPort));
        Assert.True(fromOtherPort);
        var answer = new byte[StunMessage.MaxSize];
        Assert.Equal(answered, StunMessage.WriteSuccess(answer, request, IPEndPoint.Parse(from)));
        Assert.InRange(answered, 0, request.Length + 16);

        request[27] = 0; // from the same one
        Assert.True(StunMessage.IsRequest(request, out fromOtherPort));
        Assert.False(fromOtherPort);
    }

    [Fact]
    public void A_request_without_a_fingerprint_gets_an_answer_without_one()
    {
        var request = Convert.FromHexString("000100002112a442" + Transaction);
        var answer = new byte[StunMessage.MaxSize];

        Assert.True(StunMessage.IsRequest(request, out _));
        Assert.Equal(32, StunMessage.WriteSuccess(answer, request, IPEndPoint.Parse("192.0.2.1:1")));
    }

    [Theory]
    [InlineData("000100082112a442b7e7a701bc34d686fa87dfae" + "0003000400000004")] // from another address: there is none
    [InlineData("000100082112a442b7e7a701bc34d686fa87dfae" + "0003000400000006")] // and port
    [InlineData("000100042112a442b7e7a701bc34d686fa87dfae" + "00030000")] // from nowhere
    [InlineData("0001000c2112a442b7e7a701bc34d686fa87dfae" + "00060006616c6963650a0000")] // a user name: not understood
    [InlineData("000100082112a442b7e7a701bc34d686fa87dfae" + "80220006616c6963")] // longer than there is
    [InlineData("001100002112a442b7e7a701bc34d686fa87dfae")] // an indication
    [InlineData("000100002112a443b7e7a701bc34d686fa87dfae")] // another cookie
    [InlineData("400100002112a442b7e7a701bc34d686fa87dfae")] // QUIC's first bits
    [InlineData("000100042112a442b7e7a701bc34d686fa87dfae")] // cut
    [InlineData("")]
    public void What_is_no_request_gets_no_answer(string datagram) =>
        Assert.False(StunMessage.IsRequest(Convert.FromHexString(datagram), out _));

    [Fact]
    public void Nothing_throws() =>
        Gen
            .Byte.Array[0, 80]
            .Sample(
                bytes =>
                {
                    var message = Convert.FromHexString(Response4);
                    bytes.AsSpan(0, Math.Min(bytes.Length, message.Length - 20)).CopyTo(message.AsSpan(20));
                    _ = StunMessage.IsRequest(bytes, out _);
                    _ = StunMessage.TryReadSuccess(bytes, new byte[12], out _);
                    _ = StunMessage.IsRequest(message, out _);
                    _ = StunMessage.TryReadSuccess(message, Convert.FromHexString(Transaction), out _);
                },
                iter: 20_000,
                seed: "0000KOIPe001"
            );
}
