using Toss.Transport.Relay;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class RelayUrlTests
{
    [Theory]
    [InlineData("wss://relay.example.org", "wss://relay.example.org/", "wss://relay.example.org/v1/connect")]
    [InlineData("WSS://Relay.Example.org:443/", "wss://relay.example.org/", "wss://relay.example.org/v1/connect")]
    [InlineData("wss://h.example/toss", "wss://h.example/toss/", "wss://h.example/toss/v1/connect")]
    [InlineData("ws://127.0.0.1:8787", "ws://127.0.0.1:8787/", "ws://127.0.0.1:8787/v1/connect")]
    [InlineData("ws://[::1]:8787", "ws://[::1]:8787/", "ws://[::1]:8787/v1/connect")]
    public void Relays_have_one_form_and_one_endpoint(string text, string relay, string endpoint)
    {
        var normal = RelayUrl.Normal(new Uri(text));
        Assert.Equal(relay, normal?.AbsoluteUri);
        Assert.Equal(normal, RelayUrl.Normal(normal!));
        Assert.Equal(endpoint, RelayUrl.Endpoint(normal!).AbsoluteUri);
    }

    [Theory]
    [InlineData("ws://10.1.2.3", true)]
    [InlineData("ws://172.16.0.1", true)]
    [InlineData("ws://172.31.255.255", true)]
    [InlineData("ws://192.168.1.5:8787", true)]
    [InlineData("ws://169.254.1.1", true)]
    [InlineData("ws://[fe80::1]", true)]
    [InlineData("ws://[fd00::1]", true)]
    [InlineData("ws://localhost", true)]
    [InlineData("ws://172.32.0.1", false)]
    [InlineData("ws://172.15.0.1", false)]
    [InlineData("ws://192.169.1.1", false)]
    [InlineData("ws://11.0.0.1", false)]
    [InlineData("ws://100.64.0.1", true)]
    [InlineData("ws://100.128.0.1", false)]
    [InlineData("ws://8.8.8.8", false)]
    [InlineData("ws://[2001:db8::1]", false)]
    [InlineData("ws://[::ffff:8.8.8.8]", false)]
    [InlineData("ws://relay.example.org", false)]
    [InlineData("ws://localhost.example.org", false)]
    [InlineData("ws://nas.local", false)]
    public void Without_encryption_only_near_addresses(string text, bool allowed)
    {
        Assert.Equal(allowed, RelayUrl.Normal(new Uri(text)) is not null);
        Assert.NotNull(RelayUrl.Normal(new Uri(text.Replace("ws:", "wss:", StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("https://relay.example.org")]
    [InlineData("ftp://relay.example.org")]
    [InlineData("wss://user:password@relay.example.org")]
    [InlineData("wss://relay.example.org?x=1")]
    [InlineData("wss://relay.example.org#x")]
    public void Everything_else_is_not_dialled(string text) => Assert.Null(RelayUrl.Normal(new Uri(text)));
}
