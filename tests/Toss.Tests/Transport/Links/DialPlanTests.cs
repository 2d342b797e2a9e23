using System.Net;
using Toss.Transport.Links;
using Toss.Transport.Mdns;
using Toss.Transport.Paths;
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

    /// <summary>Addresses of one device come in several messages: those that come later are tried with the others, not two seconds later.</summary>
    [Fact]
    public void What_is_learned_before_the_first_dial_does_not_put_it_off()
    {
        var plan = new DialPlan(Great);
        plan.SetPeers([Small]);
        plan.LearnNear(Small, [First], Start);
        plan.LearnNear(Small, [First, Second], Start + DialPlan.Yield / 2);
        Assert.Equal(Start + DialPlan.Yield, plan.NextTimeout);
        Assert.True(plan.TryPollDial(Start + DialPlan.Yield, out var first));
        Assert.True(plan.TryPollDial(Start + DialPlan.Yield + DialPlan.Stagger, out var second));
        Assert.Equal([First, Second], [first.Candidate, second.Candidate]);
    }

    /// <summary>Another address answered first; if no link comes of that, there is a next round.</summary>
    [Fact]
    public void An_answer_that_is_not_needed_ends_its_dial_and_says_nothing_against_its_address()
    {
        _plan.Learn(Great, [First, Second], Start);
        Assert.True(_plan.TryPollDial(Start, out var first));
        Assert.True(_plan.TryPollDial(Start + DialPlan.Stagger, out var second));
        var then = Start + 2 * DialPlan.Stagger;
        _plan.OnUnneeded(second, then);
        Assert.Equal(DateTimeOffset.MaxValue, _plan.NextTimeout);
        _plan.OnFailed(first, then);
        Assert.Equal(then + TimeSpan.FromSeconds(1), _plan.NextTimeout);
        Assert.Equal([Second], Dials(then + TimeSpan.FromSeconds(1)));
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
        _plan.OnLinked(Great, First, isMove: false, Start);
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
        _plan.OnLinked(Great, Second, isMove: false, Start);
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

    [Fact]
    public void A_link_by_a_VPN_is_to_be_moved_soon_and_what_does_not_answer_is_tried_ever_more_rarely()
    {
        _plan.SetNetworks(Both);
        _plan.Learn(Great, [Second, First], Start);
        Dials(Start);
        _plan.OnLinked(Great, Second, isMove: false, Start);
        var dialled = new List<double>();
        while (_plan.NextTimeout is { } next && next < Start + TimeSpan.FromHours(2))
        {
            while (_plan.TryPollDial(next, out var dial))
            {
                Assert.Equal((First, true), (dial.Candidate, dial.Moves));
                dialled.Add((next - Start).TotalSeconds);
                _plan.OnFailed(dial, next);
            }
        }
        Assert.Equal([2, 62, 182, 422, 902, 1862, 2822, 3782, 4742, 5702, 6662], dialled);
    }

    [Fact]
    public void A_link_in_the_network_itself_is_left_where_it_is()
    {
        _plan.SetNetworks(Both);
        _plan.Learn(Great, [First, Second], Start);
        Dials(Start);
        _plan.OnLinked(Great, First, isMove: false, Start);
        _plan.Measure(Great, First, TimeSpan.FromMilliseconds(50));
        while (_plan.NextTimeout is { } next && next < Start + TimeSpan.FromHours(2))
        {
            Assert.False(_plan.TryPollDial(next, out _));
        }
    }

    [Fact]
    public void A_link_that_is_moved_again_and_again_is_moved_ever_more_rarely()
    {
        // Each of the two is seen as the better one as soon as the other is taken.
        _plan.Learn(Great, [First, Second], Start);
        Dials(Start);
        _plan.OnLinked(Great, First, isMove: false, Start);
        var moved = new List<double>();
        var current = First;
        while (_plan.NextTimeout is { } next && next < Start + TimeSpan.FromHours(1))
        {
            _plan.Measure(Great, current, TimeSpan.FromMilliseconds(80));
            while (_plan.TryPollDial(next, out var dial))
            {
                Assert.True(_plan.IsBetter(dial, TimeSpan.FromMilliseconds(10)));
                current = dial.Candidate;
                _plan.OnLinked(Great, current, isMove: true, next);
                moved.Add((next - Start).TotalSeconds);
            }
        }
        Assert.Equal([2, 62, 182, 422, 902, 1862, 2822], moved);
    }

    [Fact]
    public void A_link_that_a_peer_made_anew_is_looked_at_as_the_first_one_was()
    {
        _plan.SetNetworks(Both);
        _plan.Learn(Great, [Second, First], Start);
        Dials(Start);
        _plan.OnLinked(Great, First, isMove: false, Start);
        var later = Start + TimeSpan.FromHours(1);
        Dials(later);
        _plan.OnLinked(Great, Second, isMove: false, later);
        Assert.Equal([First], Dials(later + MovePolicy.Soon));
    }

    [Fact]
    public void News_makes_a_look_for_a_better_link_soon_but_what_was_no_better_waits_a_minute_all_the_same()
    {
        _plan.Learn(Great, [Second], Start);
        Dials(Start);
        _plan.OnLinked(Great, Second, isMove: false, Start);
        _plan.Measure(Great, Second, TimeSpan.FromMilliseconds(80));
        Assert.Empty(Dials(Start + MovePolicy.Soon));
        Assert.Empty(Dials(Start + TimeSpan.FromMinutes(9)));
        var heard = Start + TimeSpan.FromMinutes(10);
        _plan.LearnNear(Great, [First], heard);
        Assert.Equal(heard + MovePolicy.Soon, _plan.NextTimeout);
        Assert.True(_plan.TryPollDial(heard + MovePolicy.Soon, out var dial));
        Assert.False(_plan.IsBetter(dial, TimeSpan.FromMilliseconds(76)));
        _plan.OnKept(dial, heard + MovePolicy.Soon);

        // A neighbour that shows the peer at ever other addresses gets those dialled, and nothing else.
        for (var i = 1; i < 20; i++)
        {
            var now = heard + (3 * i * TimeSpan.FromSeconds(1));
            _plan.LearnNear(Great, [First, new IPEndPoint(IPAddress.Parse($"192.168.1.{i + 100}"), 1000)], now);
            Assert.DoesNotContain(First, Dials(now + MovePolicy.Soon));
        }
    }

    [Fact]
    public void After_a_change_of_the_network_what_is_known_of_a_peer_is_looked_at_anew()
    {
        _plan.Learn(Great, [Second, First], Start);
        Dials(Start);
        _plan.OnLinked(Great, Second, isMove: false, Start);
        Assert.Empty(Dials(Start + TimeSpan.FromSeconds(3)));
        _plan.SetNetworks(Both);
        _plan.Hurry(Start + TimeSpan.FromSeconds(10));
        Assert.Equal([First], Dials(Start + TimeSpan.FromSeconds(12)));
        // The link ends meanwhile: what this dial finds is a link as any other.
        _plan.OnLost(Great, Start + TimeSpan.FromSeconds(13));
        Assert.True(_plan.TryPollDial(Start + TimeSpan.FromSeconds(13), out var dial));
        Assert.False(dial.Moves);
    }

    private static readonly LocalNetwork[] Both =
    [
        new(new LanAddress(IPAddress.Parse("10.0.0.2"), 24), 3, IsVirtual: true),
        new(new LanAddress(IPAddress.Parse("192.168.1.2"), 24), 2, IsVirtual: false),
    ];

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
