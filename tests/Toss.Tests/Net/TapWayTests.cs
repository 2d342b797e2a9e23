using Toss.Testing.Net;
using Xunit;

namespace Toss.Tests.Net;

/// <summary>What a link for real programs decides, without a device: each property at given times.</summary>
public sealed class TapWayTests
{
    private static readonly TimeSpan Never = TimeSpan.FromHours(1);

    [Fact]
    public void A_frame_arrives_after_its_delay_and_not_before()
    {
        var way = new TapWay(new TapImpairment { Delay = Ms(20) }, 1);
        way.Enter(Udp(1), Ms(5));

        Assert.Equal(Ms(25), way.NextDue);
        Assert.Null(way.Leave(Ms(25) - TimeSpan.FromTicks(1)));
        Assert.Equal(Udp(1), way.Leave(Ms(25)));
        Assert.Null(way.NextDue);
    }

    [Fact]
    public void Jitter_keeps_the_order_and_reordering_breaks_it()
    {
        var jittered = Pass(new TapImpairment { Delay = Ms(20), Jitter = Ms(30) });
        Assert.Equal(Enumerable.Range(0, 200), jittered.Select(frame => frame.Number));
        Assert.True(jittered.Select(frame => frame.At - Ms(frame.Number)).Distinct().Count() > 20);
        Assert.All(jittered, frame => Assert.True(frame.At - Ms(frame.Number) >= Ms(20)));

        var reordered = Pass(new TapImpairment { Delay = Ms(20), Reordering = 0.1 });
        Assert.Equal(Enumerable.Range(0, 200), reordered.Select(frame => frame.Number).Order());
        Assert.InRange(reordered.Count(frame => frame.At == Ms(frame.Number)), 8, 35);
    }

    [Fact]
    public void A_slow_link_queues_and_then_drops()
    {
        // A frame of 100 bytes takes 10 ms.
        var way = new TapWay(new TapImpairment { BitsPerSecond = 80_000, Queue = 3 }, 1);
        for (var i = 0; i < 10; i++)
        {
            way.Enter(Udp(i), TimeSpan.Zero);
        }
        Assert.Equal(7, way.Overflowed);
        Assert.Equal(Ms(10), way.NextDue);
        way.Enter(Udp(10), Ms(10)); // one has left
        Assert.Equal(7, way.Overflowed);

        Assert.Equal([0, 1, 2, 10], Drain(way).Select(frame => frame.Number));
    }

    [Fact]
    public void Loss_and_duplicates_are_those_of_the_seed_and_counted()
    {
        var impairment = new TapImpairment { Loss = 0.2, Duplication = 0.1 };
        var way = new TapWay(impairment, 3);
        var fates = new TapFates(impairment, 3);
        var expected = new List<int>();
        for (var i = 0; i < 500; i++)
        {
            way.Enter(Udp(i), TimeSpan.Zero);
            way.Enter(Arp(), TimeSpan.Zero); // draws nothing, or the rest would not fit
            var (isLost, isTwice, _) = fates.Next();
            expected.AddRange(
                Enumerable.Repeat(
                    i,
                    isLost ? 0
                        : isTwice ? 2
                        : 1
                )
            );
        }

        Assert.Equal(expected, Drain(way).Where(frame => frame.Number >= 0).Select(frame => frame.Number));
        Assert.Equal((500, 500 - expected.Distinct().Count()), (way.Entered, way.Lost));
        Assert.Equal(expected.Count - expected.Distinct().Count(), way.Duplicated);
        Assert.InRange(way.Lost, 75, 125);
    }

    [Fact]
    public void What_is_cleared_does_not_arrive()
    {
        var way = new TapWay(new TapImpairment { Delay = Ms(20), BitsPerSecond = 8_000 }, 1);
        way.Enter(Udp(1), TimeSpan.Zero);
        way.Clear();
        Assert.Null(way.NextDue);

        way.Enter(Udp(2), Ms(1));
        Assert.Equal(Ms(121), way.NextDue); // nothing before it any more
    }

    private static TimeSpan Ms(int ms) => TimeSpan.FromMilliseconds(ms);

    private static byte[] Udp(int number)
    {
        var frame = new byte[100];
        (frame[12], frame[23]) = (0x08, 17);
        BitConverter.TryWriteBytes(frame.AsSpan(42), number);
        return frame;
    }

    private static byte[] Arp()
    {
        var frame = new byte[60];
        (frame[12], frame[13]) = (0x08, 0x06);
        return frame;
    }

    private static List<(int Number, TimeSpan At)> Pass(TapImpairment impairment)
    {
        var way = new TapWay(impairment, 1);
        for (var i = 0; i < 200; i++)
        {
            way.Enter(Udp(i), Ms(i));
        }
        return Drain(way);
    }

    private static List<(int Number, TimeSpan At)> Drain(TapWay way)
    {
        var all = new List<(int, TimeSpan)>();
        while (way.NextDue is { } due)
        {
            var frame = way.Leave(due) ?? way.Leave(Never)!;
            all.Add((frame.Length == 100 ? BitConverter.ToInt32(frame, 42) : -1, due));
        }
        return all;
    }
}
