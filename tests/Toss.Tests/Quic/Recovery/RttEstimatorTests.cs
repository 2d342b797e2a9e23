using Toss.Quic;
using Toss.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Recovery;

/// <summary>RFC 9002 §5, by hand.</summary>
public sealed class RttEstimatorTests
{
    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);

    [Fact]
    public void The_first_sample_is_the_round_trip()
    {
        var rtt = new RttEstimator();
        Assert.Equal((Ms(333), Ms(166.5)), (rtt.Smoothed, rtt.Variance));
        rtt.Update(Ms(100), Ms(50), TimeSpan.MaxValue, new Instant(5));
        Assert.Equal((Ms(100), Ms(50), Ms(100)), (rtt.Smoothed, rtt.Variance, rtt.Min));
        Assert.Equal(new Instant(5), rtt.FirstSampleAt);
    }

    [Theory]
    // adjusted = 140 - 20 = 120: variance 3/4 * 50 + 1/4 * 20, smoothed 7/8 * 100 + 1/8 * 120.
    [InlineData(140, 20, 25, 102.5, 42.5)]
    // A delay beyond max_ack_delay counts as that: adjusted 115.
    [InlineData(140, 1e9, 25, 101.875, 41.25)]
    // Not below the minimum: 110 - 25 < 100, so the sample itself.
    [InlineData(110, 25, 25, 101.25, 40)]
    public void Later_samples_are_smoothed(double latest, double delay, double bound, double smoothed, double variance)
    {
        var rtt = new RttEstimator();
        rtt.Update(Ms(100), Ms(0), Ms(bound), default);
        rtt.Update(Ms(latest), Ms(delay), Ms(bound), default);
        Assert.Equal(smoothed, rtt.Smoothed.TotalMilliseconds, 0.001);
        Assert.Equal(variance, rtt.Variance.TotalMilliseconds, 0.001);
    }

    [Fact]
    public void The_minimum_ignores_the_delay_and_the_loss_delay_is_nine_eighths()
    {
        var rtt = new RttEstimator();
        rtt.Update(Ms(100), Ms(0), Ms(25), default);
        rtt.Update(Ms(80), Ms(20), Ms(25), default);
        Assert.Equal(Ms(80), rtt.Min);
        Assert.Equal(97.5 * 9 / 8, rtt.LossDelay.TotalMilliseconds, 0.001);
        rtt.ForgetMin();
        Assert.Equal(Ms(80), rtt.Min);
    }
}
