using Toss.Wire;
using Xunit;

namespace Toss.Tests.Wire;

public sealed class RelayAddressTests
{
    [Theory]
    [InlineData("wss://relay.example", "wss://relay.example/")]
    [InlineData(" wss://relay.example:8443/toss ", "wss://relay.example:8443/toss/")]
    [InlineData("WSS://Relay.Example/", "wss://relay.example/")]
    [InlineData("ws://localhost:9", "ws://localhost:9/")]
    [InlineData("ws://127.0.0.1:9", "ws://127.0.0.1:9/")]
    [InlineData("ws://10.1.2.3", "ws://10.1.2.3/")]
    [InlineData("ws://172.31.0.1", "ws://172.31.0.1/")]
    [InlineData("ws://192.168.7.7", "ws://192.168.7.7/")]
    [InlineData("ws://169.254.1.1", "ws://169.254.1.1/")]
    [InlineData("ws://100.64.0.1", "ws://100.64.0.1/")]
    [InlineData("ws://[::1]:9", "ws://[::1]:9/")]
    [InlineData("ws://[fd00::1]", "ws://[fd00::1]/")]
    [InlineData("ws://[fe80::1]", "ws://[fe80::1]/")]
    public void Taken(string text, string relay)
    {
        Assert.True(RelayAddress.TryParse(text, out var parsed, out var problem), problem);
        Assert.Equal(relay, parsed.AbsoluteUri);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relay.example")]
    [InlineData("wss://")]
    [InlineData("https://relay.example")]
    [InlineData("wss://user:pass@relay.example")]
    [InlineData("wss://relay.example/?a=b")]
    [InlineData("wss://relay.example/#a")]
    [InlineData("ws://relay.example")]
    [InlineData("ws://8.8.8.8")]
    [InlineData("ws://172.32.0.1")]
    [InlineData("ws://100.128.0.1")]
    [InlineData("ws://192.169.0.1")]
    [InlineData("ws://[2001:db8::1]")]
    [InlineData("ws://10.0.0.1.example")]
    public void Refused(string text)
    {
        Assert.False(RelayAddress.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void A_url_beyond_the_limit_is_refused() =>
        Assert.False(RelayAddress.TryParse("wss://relay.example/" + new string('a', Limits.RelayUrl), out _, out _));
}
