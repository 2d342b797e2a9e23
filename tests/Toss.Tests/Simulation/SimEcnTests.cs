using System.Net;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>Congestion marks on the simulated net: kept, set, bleached, or the reason for a drop.</summary>
public sealed class SimEcnTests
{
    private static readonly SimLink Straight = new() { Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.Zero };

    // Ten packets of 1,000 bytes a second; what waits for more than a quarter of one is marked.
    private static readonly SimLink Marking = Straight with
    {
        BytesPerSecond = 10_000,
        Queue = TimeSpan.FromSeconds(5),
        MarksAbove = TimeSpan.FromMilliseconds(250),
    };

    [Theory]
    [InlineData(SimEcn.NotEct)]
    [InlineData(SimEcn.Ect0)]
    [InlineData(SimEcn.Ect1)]
    [InlineData(SimEcn.Ce)]
    public void A_link_carries_the_mark_as_it_is(SimEcn mark) => Assert.Equal([mark], Send(Straight, mark));

    [Theory]
    [InlineData(SimEcn.Ect0)]
    [InlineData(SimEcn.Ect1)]
    public void A_long_queue_marks_instead_of_dropping(SimEcn mark)
    {
        var heard = Send(Marking, [.. Enumerable.Repeat(mark, 10)]);

        // They wait 0, 100, 200, 300, … ms.
        Assert.Equal([.. Enumerable.Repeat(mark, 3), .. Enumerable.Repeat(SimEcn.Ce, 7)], heard);
    }

    [Fact]
    public void Who_does_not_know_marks_gets_none_and_a_full_queue_still_drops()
    {
        Assert.All(Send(Marking, new SimEcn[10]), mark => Assert.Equal(SimEcn.NotEct, mark));

        var full = Marking with { Queue = TimeSpan.FromMilliseconds(500) };
        Assert.Equal(6, Send(full, [.. Enumerable.Repeat(SimEcn.Ect0, 10)]).Count);
    }

    [Fact]
    public void A_link_may_bleach_every_mark() =>
        Assert.Equal(
            new SimEcn[10],
            Send(Marking with { BleachesEcn = true }, [.. Enumerable.Repeat(SimEcn.Ect0, 9), SimEcn.Ce])
        );

    [Fact]
    public void A_link_may_drop_what_is_marked_and_only_that() =>
        Assert.Equal(
            [SimEcn.NotEct, SimEcn.NotEct],
            Send(Straight with { DropsEcn = true }, SimEcn.NotEct, SimEcn.Ect0, SimEcn.Ect1, SimEcn.Ce, SimEcn.NotEct)
        );

    /// <summary>From before marks existed: the same to the byte, or old seeds replay something else.</summary>
    [Fact]
    public void The_log_without_marks_is_what_it_was_and_a_mark_shows_in_it()
    {
        Assert.Equal("b58acd209dea4231e53880ffb826b5a552776dd09663def793c8a72ef17ce966", Digest(SimEcn.NotEct));
        Assert.NotEqual(Digest(SimEcn.NotEct), Digest(SimEcn.Ect0));

        static string Digest(SimEcn mark)
        {
            var rough = new SimLink
            {
                Loss = 0.1,
                Duplication = 0.1,
                Reordering = 0.2,
                BytesPerSecond = 50_000,
            };
            var scheduler = new SimScheduler();
            var net = new SimNet(scheduler, new SimContext(scheduler, "wires"), 7);
            Send(scheduler, net, rough, [.. Enumerable.Repeat(mark, 200)]);
            return net.LogDigest;
        }
    }

    private static List<SimEcn> Send(SimLink link, params SimEcn[] marks)
    {
        var scheduler = new SimScheduler();
        return Send(scheduler, new SimNet(scheduler, new SimContext(scheduler, "wires"), 1), link, marks);
    }

    private static List<SimEcn> Send(SimScheduler scheduler, SimNet net, SimLink link, SimEcn[] marks)
    {
        net.AddNode("a", null, IPAddress.Parse("192.0.2.1"));
        net.AddNode("b", null, IPAddress.Parse("192.0.2.2"));
        net.SetLink("a", "b", link);
        var a = net.Bind("a", new SimContext(scheduler, "a"), new IPEndPoint(IPAddress.Any, 1));
        var b = net.Bind("b", new SimContext(scheduler, "b"), new IPEndPoint(IPAddress.Any, 2));
        var heard = new List<SimEcn>();
        b.Hears = datagram => heard.Add(datagram.Ecn);
        foreach (var mark in marks)
        {
            a.SendTo(new byte[972], new IPEndPoint(IPAddress.Parse("192.0.2.2"), 2), mark);
        }
        scheduler.RunFor(TimeSpan.FromSeconds(30));
        return heard;
    }
}
