using System.Globalization;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Toss.Relay.Udp;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class AnswerRateTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:2:ffff::4", true)]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:3::3", false)]
    public void Who_asks_without_end_takes_nothing_from_others(string first, string second, bool areOne)
    {
        var rate = new AnswerRate(_time);
        var counted = Enumerable.Range(0, 1_000).Count(_ => rate.TryCount(IPAddress.Parse(first)));

        Assert.Equal(AnswerRate.PerSourceAndSecond, counted);
        // Two sources share a count once in 16,384 times: then another one does not.
        Assert.Equal(!areOne, rate.TryCount(IPAddress.Parse(second)) || (!areOne && rate.TryCount(Source(7))));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(rate.TryCount(IPAddress.Parse(first)));
    }

    [Fact]
    public void All_together_get_no_more_than_the_relay_gives()
    {
        var rate = new AnswerRate(_time);

        Assert.Equal(AnswerRate.PerSecond, Enumerable.Range(0, 10_000).Count(i => rate.TryCount(Source(i))));
    }

    private static IPAddress Source(int number) =>
        IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"198.51.{number / 250}.{number % 250}"));
}
