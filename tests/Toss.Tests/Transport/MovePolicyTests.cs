using System.Net;
using Toss.Transport.Mdns;
using Toss.Transport.Paths;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class MovePolicyTests
{
    private static readonly LocalNetwork[] Networks =
    [
        new(new LanAddress(IPAddress.Parse("192.168.1.2"), 24), 2, IsVirtual: false),
        new(new LanAddress(IPAddress.Parse("fe80::2"), 64), 2, IsVirtual: false),
        new(new LanAddress(IPAddress.Parse("10.8.0.2"), 24), 3, IsVirtual: true),
        new(new LanAddress(IPAddress.Parse("fe80::3"), 64), 3, IsVirtual: true),
    ];

    private readonly MovePolicy _policy = new();

    [Theory]
    [InlineData("192.168.1.77", WayKind.Near)]
    [InlineData("192.168.2.77", WayKind.Elsewhere)]
    [InlineData("10.8.0.77", WayKind.Elsewhere)]
    [InlineData("203.0.113.7", WayKind.Elsewhere)]
    [InlineData("127.0.0.1", WayKind.Near)]
    [InlineData("fe80::77%2", WayKind.Near)]
    [InlineData("fe80::77%3", WayKind.Elsewhere)]
    [InlineData("2001:db8::77", WayKind.Elsewhere)]
    public void A_way_is_near_within_the_network_of_a_real_interface(string address, WayKind expected) =>
        Assert.Equal(expected, LocalNetwork.WayTo(IPAddress.Parse(address), Networks));

    [Theory]
    [InlineData(WayKind.Near, 90, WayKind.Elsewhere, 1, true, true)] // however fast the VPN is
    [InlineData(WayKind.Elsewhere, 1, WayKind.Near, 90, false, false)] // and never back
    [InlineData(WayKind.Elsewhere, 15, WayKind.Elsewhere, 20, true, true)]
    [InlineData(WayKind.Elsewhere, 16, WayKind.Elsewhere, 20, true, false)]
    [InlineData(WayKind.Elsewhere, 0, WayKind.Elsewhere, 5, false, true)] // not worth a dial
    [InlineData(WayKind.Near, 1, WayKind.Near, 40, true, true)]
    public void A_link_is_moved_to_what_is_nearer_and_then_to_what_is_faster_by_five_milliseconds(
        WayKind other,
        int otherTakes,
        WayKind current,
        int takes,
        bool mayBe,
        bool isBetter
    )
    {
        var (fast, slow) = (TimeSpan.FromMilliseconds(otherTakes), TimeSpan.FromMilliseconds(takes));
        Assert.Equal(mayBe, _policy.MayBeBetter(other, current, slow));
        Assert.Equal(isBetter, _policy.IsBetter(other, fast, current, slow));
    }

    [Fact]
    public void What_is_not_measured_is_left_alone_unless_the_other_way_is_nearer()
    {
        Assert.False(_policy.MayBeBetter(WayKind.Elsewhere, WayKind.Elsewhere, null));
        Assert.True(_policy.MayBeBetter(WayKind.Near, WayKind.Elsewhere, null));
    }
}
