using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Xunit;

namespace Toss.Tests.Transport;

public sealed class ReconnectDelayTests
{
    [Fact]
    public void Grows_from_half_a_second_to_a_minute_and_starts_again_after_success()
    {
        var delay = new ReconnectDelay(new SeededRandomness(1));
        var ceiling = 0.5;
        for (var failure = 0; failure < 50; failure++)
        {
            Assert.InRange(delay.Next().TotalSeconds, ceiling / 2, ceiling);
            ceiling = Math.Min(60, ceiling * 2);
        }
        delay.Reset();
        Assert.InRange(delay.Next().TotalSeconds, 0.25, 0.5);
    }

    [Fact]
    public void Clients_do_not_come_back_together()
    {
        var delays = Enumerable
            .Range(0, 100)
            .Select(seed =>
            {
                var delay = new ReconnectDelay(new SeededRandomness(seed));
                for (var i = 0; i < 20; i++)
                {
                    delay.Next();
                }
                return delay.Next().TotalSeconds;
            })
            .ToList();
        Assert.True(delays.Max() - delays.Min() > 25, $"spread over {delays.Max() - delays.Min()} s only");
    }

    [Fact]
    public void What_the_relay_asks_for_is_bounded_and_does_not_grow()
    {
        var delay = new ReconnectDelay(new SeededRandomness(1));
        Assert.InRange(delay.Asked(TimeSpan.FromSeconds(4)).TotalSeconds, 2, 4);
        Assert.InRange(delay.Asked(TimeSpan.FromDays(1)).TotalSeconds, 30, 60);
        Assert.InRange(delay.Next().TotalSeconds, 0.25, 0.5);
    }
}
