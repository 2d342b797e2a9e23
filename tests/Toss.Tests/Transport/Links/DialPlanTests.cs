using System.Net;
using Toss.Transport.Links;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Transport.Links;

public sealed class DialPlanTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DeviceId Small = new(0, 1);
    private static readonly DeviceId Great = new(0, 2);
    private static readonly IPEndPoint First = IPEndPoint.Parse("192.168.1.5:1000");
    private static readonly IPEndPoint Second = IPEndPoint.Parse("10.0.0.5:1000");

    private readonly DialPlan _plan = new(Small);

    public DialPlanTests() => _plan.SetPeers([Great]);

    [Fact]
    public void Candidates_are_tried_in_their_order_a_tenth_of_a_second_apart()
    {
        Assert.Null(_plan.NextTimeout);
        _plan.Learn(Great, [First, Second], Start);
        Assert.Equal([First], Dials(Start));
        Assert.Equal(Start + DialPlan.Stagger, _plan.NextTimeout);
        Assert.Empty(Dials(Start + DialPlan.Stagger / 2));
        Assert.Equal([Second], Dials(Start + DialPlan.Stagger));
        Assert.Empty(Dials(Start + TimeSpan.FromHours(1)));
    }

    [Fact]
    public void Where_a_peer_is_seen_is_tried_before_what_it_told_and_begins_nothing_anew_that_was_known()
    {
        _plan.Learn(Great, [Second], Start);
        Assert.Equal([Second], Dials(Start));
        var later = Start + DialPlan.LearnAtMost;
        _plan.LearnNear(Great, [First], later);
        Assert.Equal([First], Dials(later));
        Assert.Equal([Second], Dials(later + DialPlan.Stagger));
        _plan.LearnNear(Great, [First, Second], later + DialPlan.LearnAtMost);
        _plan.LearnNear(Great, [], later + 2 * DialPlan.LearnAtMost);
        Assert.Empty(Dials(later + TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public void What_failed_where_a_peer_was_seen_is_left_alone_however_often_it_is_seen()
    {
        // Whoever repeats its tag costs one dial in half a minute.
        var dialled = 0;
        for (var seconds = 0; seconds < 300; seconds++)
        {
            var now = Start + TimeSpan.FromSeconds(seconds);
            _plan.LearnNear(Great, seconds % 2 == 0 ? [First] : [], now);
            while (_plan.TryPollDial(now, out var dial))
            {
                dialled++;
                _plan.OnFailed(dial, now);
            }
        }
        Assert.InRange(dialled, 1, 10);
    }

    [Fact]
    public void The_one_with_the_greater_id_lets_the_other_go_first()
    {
        var plan = new DialPlan(Great);
        plan.SetPeers([Small]);
        plan.Learn(Small, [First], Start);
        Assert.Equal(Start + DialPlan.Yield, plan.NextTimeout);
        Assert.False(plan.TryPollDial(Start, out _));
        Assert.True(plan.TryPollDial(Start + DialPlan.Yield, out _));
    }

    [Fact]
    public void What_failed_is_tried_again_later_and_later_and_at_last_every_minute_or_two()
    {
        _plan.Learn(Great, [First], Start);
        var dialled = new List<double>();
        while (_plan.NextTimeout is { } next && next < Start + TimeSpan.FromHours(1))
        {
            foreach (var candidate in Dials(next))
            {
                dialled.Add((next - Start).TotalSeconds);
                _plan.OnFailed(new LinkDial(Great, candidate, 1), next);
            }
        }
        Assert.Equal(0, dialled[0]);
        Assert.InRange(dialled[1], DialPlan.FailedFor.TotalSeconds, 90);
        Assert.All(dialled.Zip(dialled.Skip(1)), pair => Assert.InRange(pair.Second - pair.First, 30, 120));
        Assert.InRange(dialled.Count, 30, 70);
    }

    [Fact]
    public void A_link_ends_the_search_and_its_loss_begins_it_again()
    {
        _plan.Learn(Great, [First, Second], Start);
        Dials(Start);
        _plan.OnLinked(Great, First);
        Assert.Null(_plan.NextTimeout);
        _plan.OnFailed(new LinkDial(Great, First, 1), Start);
        Assert.Empty(Dials(Start + TimeSpan.FromMinutes(5)));
        _plan.OnLost(Great, Start + TimeSpan.FromMinutes(6));
        Assert.Equal([First], Dials(Start + TimeSpan.FromMinutes(6)));
    }

    [Fact]
    public void Where_a_link_was_lost_is_tried_again_every_few_seconds_for_minutes_and_nothing_else_is()
    {
        _plan.Learn(Great, [First, Second], Start);
        Dials(Start);
        _plan.OnLinked(Great, Second);
        _plan.OnLost(Great, Start);
        var times = new List<(double Seconds, IPEndPoint Candidate)>();
        for (var seconds = 0.0; seconds < 420; seconds += 0.1)
        {
            var now = Start + TimeSpan.FromSeconds(seconds);
            while (_plan.TryPollDial(now, out var dial))
            {
                times.Add((seconds, dial.Candidate));
                _plan.OnFailed(dial, now);
            }
        }
        var soon = times.Where(dial => dial.Seconds < DialPlan.SoonFor.TotalSeconds).ToList();
        var good = soon.Where(dial => dial.Candidate.Equals(Second)).ToList();
        Assert.InRange(good.Count, 90, 101);
        Assert.Equal(Second, soon[0].Candidate);
        Assert.InRange(soon.Count - good.Count, 5, 11);
        Assert.InRange(times.Count - soon.Count, 2, 10);
    }

    [Fact]
    public void What_failed_where_nobody_is_sought_any_more_makes_no_round_due()
    {
        _plan.LearnNear(Great, [First], Start);
        Assert.Equal([First], Dials(Start));
        _plan.OnFailed(new LinkDial(Great, First, 1), Start);
        var later = Start + DialPlan.FailedFor;
        _plan.LearnNear(Great, [Second], later);
        Assert.Equal([Second], Dials(later));
        _plan.OnFailed(new LinkDial(Great, Second, 2), later);
        for (var now = later; now < later + DialPlan.FailedFor; now = _plan.NextTimeout!.Value)
        {
            Assert.Empty(Dials(now));
            Assert.True(_plan.NextTimeout > now, "It is polled for ever.");
        }
    }

    [Fact]
    public void Another_network_makes_what_failed_worth_a_try()
    {
        _plan.Learn(Great, [First], Start);
        Dials(Start);
        _plan.OnFailed(new LinkDial(Great, First, 1), Start);
        Assert.Empty(Dials(Start));
        _plan.Hurry(Start);
        Assert.Equal([First], Dials(Start));
    }

    [Fact]
    public void Nobody_makes_it_dial_more_than_the_limit_or_for_strangers()
    {
        _plan.Learn(new DeviceId(0, 9), [First], Start);
        Assert.Null(_plan.NextTimeout);
        var many = Enumerable.Range(1, 1000).Select(port => new IPEndPoint(IPAddress.Loopback, port)).ToList();
        _plan.Learn(Great, many, Start);
        var dialled = 0;
        for (var i = 0; i < 2000; i++)
        {
            dialled += Dials(Start + (i * DialPlan.Stagger)).Count;
        }
        Assert.Equal(Limits.Candidates, dialled);
        _plan.SetPeers([]);
        Assert.Null(_plan.NextTimeout);
    }

    private List<IPEndPoint> Dials(DateTimeOffset now)
    {
        var dials = new List<IPEndPoint>();
        while (_plan.TryPollDial(now, out var dial))
        {
            dials.Add(dial.Candidate);
        }
        return dials;
    }
}
