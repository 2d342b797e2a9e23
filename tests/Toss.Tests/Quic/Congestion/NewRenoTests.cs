using Toss.Quic.Congestion;
using Toss.Tests.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Congestion;

/// <summary>RFC 9002 §7 and Appendix B.</summary>
public sealed class NewRenoTests
{
    [Theory]
    [InlineData(1200, 12_000)]
    [InlineData(1500, 14_720)]
    [InlineData(9000, 18_000)]
    public void Initial_window(int datagram, long window) => Assert.Equal(window, new NewReno(datagram).Window);

    [Fact]
    public void Slow_start_doubles_recovery_halves_once_avoidance_adds_one_datagram()
    {
        var bench = new Bench();
        var reno = bench.Controller;
        bench.Send(0, 10);
        bench.Ack(40, 0, 10);
        Assert.Equal(24_000, reno.Window);
        bench.Send(40, 20);
        bench.Ack(80, 14, 15);
        Assert.Equal((12_000, 12_000), (reno.Window, reno.Threshold));
        // All of this flight is from before the recovery: neither growth nor another halving.
        bench.Ack(81, 15, 30);
        Assert.Equal(12_000, reno.Window);
        bench.Send(90, 10);
        bench.Ack(130, 30, 40);
        Assert.InRange(reno.Window, 13_100, 13_200);
    }

    /// <summary>§7.8.</summary>
    [Fact]
    public void No_growth_while_the_application_limits()
    {
        var bench = new Bench();
        bench.Send(0, 2);
        bench.Path.OnNothingToSend();
        bench.Ack(40, 0, 1);
        Assert.Equal(12_000, bench.Controller.Window);
        bench.Path.OnBlocked();
        bench.Ack(41, 1, 2);
        Assert.Equal(13_200, bench.Controller.Window);
    }

    [Fact]
    public void Never_below_two_datagrams()
    {
        var reno = new NewReno(1200);
        for (var at = 0; at < 10; at++)
        {
            reno.OnEcnCe(Bench.At(at), 1, Bench.At(at));
        }
        Assert.Equal(2400, reno.Window);
        reno.OnPersistentCongestion(Bench.At(20));
        Assert.Equal(2400, reno.Window);
    }

    [Fact]
    public void The_window_bounds_what_may_be_sent()
    {
        var bench = new Bench();
        bench.Send(0, 9);
        Assert.Equal(Bench.At(100), bench.Path.NextSend(1200, Bench.At(100)));
        bench.Send(100);
        Assert.Equal(Toss.Quic.Instant.Never, bench.Path.NextSend(1200, Bench.At(100)));
    }
}
