using Toss.Transport.Relay;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class RelayUrlTests
{
    [Theory]
    [InlineData("wss://relay.example.org", "wss://relay.example.org/", "wss://relay.example.org/v1/connect")]
    [InlineData("relay.example.org", "wss://relay.example.org/", "wss://relay.example.org/v1/connect")]
    [InlineData(" WSS://Relay.Example.org:443/ ", "wss://relay.example.org/", "wss://relay.example.org/v1/connect")]
    [InlineData("wss://h.example/toss/", "wss://h.example/toss", "wss://h.example/toss/v1/connect")]
    [InlineData("ws://127.0.0.1:8787", "ws://127.0.0.1:8787/", "ws://127.0.0.1:8787/v1/connect")]
    [InlineData("ws://localhost:1", "ws://localhost:1/", "ws://localhost:1/v1/connect")]
    [InlineData("ws://[::1]:8787", "ws://[::1]:8787/", "ws://[::1]:8787/v1/connect")]
    public void Relays_are_read_into_one_form(string text, string relay, string endpoint)
    {
        Assert.True(RelayUrl.TryParse(text, out var uri, out var problem), problem);
        Assert.Equal(relay, uri.AbsoluteUri);
        Assert.Equal(endpoint, RelayUrl.Endpoint(uri).AbsoluteUri);
        Assert.True(RelayUrl.TryParse(uri.AbsoluteUri, out var again, out _));
        Assert.Equal(uri, again);
    }

    [Theory]
    [InlineData("ws://10.1.2.3", true)]
    [InlineData("ws://172.16.0.1", true)]
    [InlineData("ws://172.31.255.255", true)]
    [InlineData("ws://192.168.1.5:8787", true)]
    [InlineData("ws://169.254.1.1", true)]
    [InlineData("ws://[fe80::1]", true)]
    [InlineData("ws://[fd00::1]", true)]
    [InlineData("ws://[::ffff:192.168.1.5]", true)]
    [InlineData("ws://a.localhost", true)]
    [InlineData("ws://172.32.0.1", false)]
    [InlineData("ws://172.15.0.1", false)]
    [InlineData("ws://192.169.1.1", false)]
    [InlineData("ws://11.0.0.1", false)]
    [InlineData("ws://100.64.0.1", false)]
    [InlineData("ws://8.8.8.8", false)]
    [InlineData("ws://[2001:db8::1]", false)]
    [InlineData("ws://[::ffff:8.8.8.8]", false)]
    [InlineData("ws://relay.example.org", false)]
    [InlineData("ws://localhost.example.org", false)]
    [InlineData("ws://nas.local", false)]
    public void Without_encryption_only_near_addresses(string text, bool allowed)
    {
        Assert.Equal(allowed, RelayUrl.TryParse(text, out _, out var problem));
        Assert.Equal(allowed, problem is null);
        Assert.True(RelayUrl.TryParse(text.Replace("ws:", "wss:", StringComparison.Ordinal), out _, out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("https://relay.example.org")]
    [InlineData("ftp://relay.example.org")]
    [InlineData("wss://")]
    [InlineData("wss:///path")]
    [InlineData("wss://user:password@relay.example.org")]
    [InlineData("wss://relay.example.org?x=1")]
    [InlineData("wss://relay.example.org#x")]
    [InlineData("wss://relay.example.org:99999")]
    [InlineData("not an address")]
    public void Everything_else_has_a_problem(string? text)
    {
        Assert.False(RelayUrl.TryParse(text, out var uri, out var problem));
        Assert.Null(uri);
        Assert.False(string.IsNullOrEmpty(problem));
    }

    [Fact]
    public void The_longest_address_is_512_characters()
    {
        var text = "wss://relay.example.org/" + new string('a', 512);
        Assert.True(RelayUrl.TryParse(text[..512], out _, out _));
        Assert.False(RelayUrl.TryParse(text[..513], out _, out _));
    }
}
