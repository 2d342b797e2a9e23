using Toss.Quic;
using Toss.Quic.Protection;
using Xunit;

namespace Toss.Tests.Quic.Protection;

public sealed class AddressTokenTests
{
    private static readonly byte[] s_key = [.. Enumerable.Repeat((byte)5, 32)];
    private static readonly byte[] s_peer = [192, 0, 2, 1, 0x11, 0x51];
    private static readonly byte[] s_nonce = [.. Enumerable.Range(0, 12).Select(i => (byte)i)];

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(20)]
    public void A_token_comes_back_to_whom_it_was_given(int length)
    {
        using var sealer = new AddressTokenSealer(s_key);
        var token = new AddressToken(AddressTokenKind.Retry, new Instant(100), new ConnectionId(new byte[length]));
        var bytes = Seal(sealer, token);
        Assert.Equal(AddressTokenStatus.Valid, sealer.Open(bytes, s_peer, new Instant(99), out var opened));
        Assert.Equal(token, opened);
        Assert.Equal(AddressTokenStatus.Expired, sealer.Open(bytes, s_peer, new Instant(100), out opened));
        Assert.Equal(AddressTokenKind.Retry, opened.Kind);
    }

    [Fact]
    public void Another_address_another_key_and_every_change_make_it_unknown()
    {
        using var sealer = new AddressTokenSealer(s_key);
        using var other = new AddressTokenSealer(new byte[32]);
        var bytes = Seal(sealer, new AddressToken(AddressTokenKind.NewToken, Instant.Never));
        Assert.Equal(AddressTokenStatus.Unknown, sealer.Open(bytes, s_peer.AsSpan(1), default, out _));
        Assert.Equal(AddressTokenStatus.Unknown, other.Open(bytes, s_peer, default, out _));
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            var changed = bytes.ToArray();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(AddressTokenStatus.Unknown, sealer.Open(changed, s_peer, default, out _));
        }
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.Equal(AddressTokenStatus.Unknown, sealer.Open(bytes.AsSpan(0, length), s_peer, default, out _));
        }
        Assert.Equal(AddressTokenStatus.Unknown, sealer.Open(new byte[200], s_peer, default, out _));
        Assert.Equal(AddressTokenStatus.Valid, sealer.Open(bytes, s_peer, default, out _));
    }

    private static byte[] Seal(AddressTokenSealer sealer, in AddressToken token)
    {
        var bytes = new byte[AddressTokenSealer.MaximumSize];
        return bytes[..sealer.Seal(token, s_peer, s_nonce, bytes)];
    }
}
