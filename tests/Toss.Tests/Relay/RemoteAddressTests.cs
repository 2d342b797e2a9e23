using System.Net;
using Toss.Relay.Hosting;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class RemoteAddressTests
{
    [Theory]
    [InlineData("203.0.113.5", null, "203.0.113.5")]
    [InlineData("203.0.113.5", "198.51.100.1", "203.0.113.5")]
    [InlineData("127.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1")]
    [InlineData("::1", "10.9.9.9, 198.51.100.1", "198.51.100.1")]
    [InlineData("127.0.0.1", "nonsense", "127.0.0.1")]
    [InlineData("127.0.0.1", null, "127.0.0.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", null, "2001:db8:1:2::/64")]
    [InlineData("127.0.0.1", "2001:db8:1:2::9", "2001:db8:1:2::/64")]
    [InlineData("::ffff:203.0.113.5", null, "203.0.113.5")]
    public void Limits_count_by_what_a_client_cannot_choose(string remote, string? forwarded, string counted) =>
        Assert.Equal(counted, RemoteAddress.Of(IPAddress.Parse(remote), forwarded));

    [Fact]
    public void No_address_is_one_too() => Assert.Equal("unknown", RemoteAddress.Of(null, "198.51.100.1"));
}
