using Toss.Quic.Congestion;
using Toss.Tests.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Congestion;

/// <summary>RFC 9002 §7.7.</summary>
public sealed class PacerTests
{
    // One packet a millisecond.
    private const double Rate = 1_200_000;

    [Fact]
    public void A_burst_of_ten_then_the_rate()
    {
        var pacer = new Pacer(1200, 0);
        for (var sent = 0; sent < 10; sent++)
        {
            Assert.Equal(Bench.At(0), pacer.NextSend(1200, Rate, Bench.At(0)));
            pacer.OnSent(1200, Rate, Bench.At(0));
        }
        Assert.Equal(Bench.At(1), pacer.NextSend(1200, Rate, Bench.At(0)));
        Assert.Equal(Bench.At(2), pacer.NextSend(2400, Rate, Bench.At(0)));
        Assert.Equal(Bench.At(1), pacer.NextSend(1200, Rate, Bench.At(1)));
    }

    [Fact]
    public void Once_empty_it_opens_for_a_millisecond_of_the_rate()
    {
        const double Fast = 20 * Rate;
        var pacer = new Pacer(1200, 0);
        for (var sent = 0; sent < 10; sent++)
        {
            pacer.OnSent(1200, Fast, Bench.At(0));
        }

        // Ten packets are the bucket: half a millisecond at this rate.
        Assert.Equal(Bench.At(0.5), pacer.NextSend(1200, Fast, Bench.At(0)));
        Assert.Equal(Bench.At(0.5), pacer.NextSend(1200, Fast, Bench.At(0.25)));
        Assert.Equal(Bench.At(0.5), pacer.NextSend(1200, Fast, Bench.At(0.5)));
        pacer.OnSent(1200, Fast, Bench.At(0.5));
        // What is left of them need not wait.
        Assert.Equal(Bench.At(0.5), pacer.NextSend(1200, Fast, Bench.At(0.5)));
    }

    [Fact]
    public void On_a_fast_path_a_late_timer_loses_nothing()
    {
        const double Fast = 500 * Rate;
        var pacer = new Pacer(1200, 40 * 1200);
        pacer.OnSent(1200, Fast, Bench.At(0));
        var sent = 0L;
        for (var step = 1; step <= 100; step++)
        {
            // Later by four times what a batch takes.
            var now = Bench.At(step * 0.4);
            for (; pacer.NextSend(1200, Fast, now) == now; sent += 1200)
            {
                pacer.OnSent(1200, Fast, now);
            }
        }
        Assert.InRange(sent, 0.99 * Fast * 0.04, 1.01 * Fast * 0.04);
    }

    [Fact]
    public void A_pause_earns_no_more_than_a_burst_or_a_batch()
    {
        Assert.Equal(10, Burst(new Pacer(1200, 0)));
        Assert.Equal(40, Burst(new Pacer(1200, 40 * 1200)));

        static int Burst(Pacer pacer)
        {
            pacer.OnSent(1200, Rate, Bench.At(0));
            var count = 0;
            for (var now = Bench.At(10_000); pacer.NextSend(1200, Rate, now) == now; count++)
            {
                pacer.OnSent(1200, Rate, now);
            }
            return count;
        }
    }
}
