using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Devices that live at different relays, and devices that move from one to another.</summary>
public sealed class RelayMoveTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(5);

    private readonly SimWorld _world = new(7);
    private readonly SimRelay _old;
    private readonly SimRelay _new;

    public RelayMoveTests()
    {
        _old = _world.Relay;
        _new = _world.AddRelay();
    }

    [Fact]
    public void Devices_with_different_homes_share_both_ways_whatever_the_size()
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b", _new));
        _world.Pair(a, b, byLink: true);
        Assert.Equal((_old.Url, _new.Url), (HomeOf(a), HomeOf(b)));

        Shares(a, b, "from a");
        Shares(b, a, "from b");
        Shares(a, b, new string('x', Limits.InlineContent + 1));
        Shares(b, a, new string('y', Limits.InlineContent + 2));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Each_of_two_homes_is_enough(int down)
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b", _new));
        _world.Pair(a, b, byLink: true);
        Settle(a, b);

        _world.Relays[down].Kill();

        Shares(a, b, "from a");
        Shares(b, a, "from b");
        // The one whose home is down leaves it where both are.
        Shares(a, b, new string('x', Limits.InlineContent + 1));
        Shares(b, a, new string('y', Limits.InlineContent + 2));
    }

    [Fact]
    public void A_third_device_is_told_where_everybody_lives()
    {
        var (a, b, c) = (_world.AddDevice("a"), _world.AddDevice("b", _new), _world.AddDevice("c"));
        _world.Pair(a, b, byLink: true);
        _world.Pair(a, c);
        Settle(a, b, c);

        _old.Kill();

        Shares(c, b, "from c");
        Shares(b, c, "from b");
        Shares(a, c, "from a");
    }

    [Fact]
    public void A_move_loses_nothing_that_waits_on_either_side_though_the_old_relay_is_down_just_then()
    {
        var (a, b) = Paired();
        // In a's mailbox, and in b's; neither was read.
        a.Kill();
        Copy(b, "waits for a");
        Copy(b, new string('b', Limits.InlineContent + 1));
        _world.Scheduler.RunFor(Soon);
        b.Kill();
        a.Start();
        _world.WaitConnected(a);
        _world.Net.Cut(a.Name);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        _old.Kill();
        _world.Net.Heal(a.Name);
        // In a row only.
        Copy(a, "waits for b");
        Copy(a, new string('a', Limits.InlineContent + 3));

        Move(a, _new);
        _world.WaitConnected(a);
        Copy(a, "after the move");
        _world.Scheduler.RunFor(Soon);
        b.Start();
        _world.Scheduler.RunFor(Soon);
        Assert.DoesNotContain("after the move", TextsOf(b));
        _old.Start();

        Settle(a, b);
        foreach (var device in new[] { a, b })
        {
            Assert.Superset(new HashSet<string> { "waits for a", "waits for b", "after the move" }, TextsOf(device));
            Assert.Equal(2, device.History.Count(clip => clip.Clip.Blobs.Any() && clip.State == ClipState.Complete));
        }
        _old.Kill();
        Shares(a, b, "without the old relay");
        Shares(b, a, "and back");
    }

    [Fact]
    public void A_peer_that_was_away_for_longer_than_anything_waits_learns_of_the_move_all_the_same()
    {
        var (a, b) = Paired();
        b.Kill();
        Move(a, _new);
        _world.Scheduler.RunFor(Soon);
        // What waits ends after a week; the former mailbox does not, as long as b looks for a there. Nobody is up
        // meanwhile, only to keep the simulated days cheap.
        a.Kill();
        _world.Scheduler.RunFor(Limits.FormerMailbox + TimeSpan.FromDays(2));
        a.Start();
        _world.Scheduler.RunFor(Soon);
        b.Start();

        Settle(a, b);
        _old.Kill();
        Shares(a, b, "without the old relay");
        Shares(b, a, "and back");
    }

    [Fact]
    public void What_the_home_of_a_peer_does_not_take_yet_waits_at_another()
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b", _new));
        // Gone before it heard that a has a mailbox at its home: only a's own relay knows both.
        b.KillAt(StoreStep.MergeRoster, before: true);
        _world.Pair(a, b, byLink: true);
        _world.Scheduler.RunUntil(() => !b.IsUp, Soon, "b to end");
        Copy(a, "and gone too");
        _world.Scheduler.RunFor(Soon);
        a.Kill();
        b.Start();
        _world.Scheduler.RunUntil(() => b.Text == "and gone too", Soon, "b to have what a left");
    }

    /// <summary>B never heard that A has a mailbox at its home, and A's home is gone: A has no way there but as a guest.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Who_is_removed_or_left_hears_of_it_at_a_relay_that_does_not_know_the_sender(bool leaves)
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b", _new));
        b.KillAt(StoreStep.MergeRoster, before: true);
        _world.Pair(a, b, byLink: true);
        _world.Scheduler.RunUntil(() => !b.IsUp, Soon, "b to end");
        _world.Scheduler.RunFor(Soon);
        var was = b.Id;
        _old.Kill();

        Part(a, leaves);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(15));
        b.Start();

        _world.Scheduler.RunUntil(() => b.Peers.Count == 0, Soon, "b to be told");
        Assert.Equal(leaves, b.Id == was);
        // Whoever was removed shows that it knows; who left has no key any more for that to be shown to.
        _world.Scheduler.RunFor(TimeSpan.FromHours(1));
        Assert.Equal(leaves, a.Farewells.Count > 0);
    }

    [Fact]
    public void Who_is_removed_by_a_device_without_any_relay_hears_of_it_at_its_own()
    {
        var world = new SimWorld(7) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddLoneDevice("a"), world.AddLoneDevice("b"));
        world.Pair(a, b);
        Move(b, world.Relay);
        world.Scheduler.RunUntil(() => a.Cards[b.Id].Home == world.Relay.Url, Soon, "a to know where b lives");
        var was = b.Id;
        b.Kill();

        Part(a, leaves: false);
        world.Scheduler.RunFor(Soon);
        b.Start();

        world.Scheduler.RunUntil(() => b.Id != was, Soon, "b to be told");
    }

    [Fact]
    public void Who_joins_at_the_new_home_of_another_reaches_a_member_that_was_away_for_both()
    {
        var (a, b) = Paired();
        _world.Net.Cut(a.Name);
        Move(b, _new);
        _world.WaitConnected(b);
        var c = _world.AddDevice("c", _new);
        _world.Pair(b, c);
        _world.Scheduler.RunFor(Soon);
        _world.Net.Heal(a.Name);

        Settle(a, b, c);
        Shares(a, c, "from a");
        Shares(c, a, "from c");
    }

    [Fact]
    public void Both_may_move_at_once()
    {
        var (a, b) = Paired();
        var third = _world.AddRelay();
        _world.Net.Cut(a.Name);
        _world.Net.Cut(b.Name);
        Move(a, _new);
        Move(b, third);
        Copy(a, "a moved");
        Copy(b, "b moved");
        _world.Scheduler.RunFor(Soon);
        _world.Net.Heal(a.Name);
        _world.Net.Heal(b.Name);

        Settle(a, b);
        Assert.Superset(new HashSet<string> { "a moved", "b moved" }, TextsOf(a));
        Assert.Superset(new HashSet<string> { "a moved", "b moved" }, TextsOf(b));
        _old.Kill();
        Shares(a, b, "without the old relay");
        Shares(b, a, "and back");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_move_that_a_crash_interrupts_happened_or_did_not(bool before)
    {
        var (a, b) = Paired();
        Copy(a, "before");
        a.KillAt(StoreStep.ChangeDevice, before);
        Move(a, _new);
        Assert.False(a.IsUp);
        a.Start();
        Assert.Equal(before ? _old.Url : _new.Url, HomeOf(a));
        Move(a, _new);

        Settle(a, b);
        Assert.Contains("before", TextsOf(b));
        _old.Kill();
        Shares(a, b, "without the old relay");
        Shares(b, a, "and back");
    }

    private (SimDevice A, SimDevice B) Paired()
    {
        var (a, b) = (_world.AddDevice("a"), _world.AddDevice("b"));
        _world.Pair(a, b);
        Settle(a, b);
        return (a, b);
    }

    private static void Move(SimDevice device, SimRelay to) =>
        device.Call(control => control.SetConfigAsync("relay", to.Url.AbsoluteUri, CancellationToken.None));

    private static void Part(SimDevice from, bool leaves) =>
        from.Call(async control =>
        {
            if (leaves)
            {
                await control.LeaveAsync(default);
            }
            else
            {
                await control.UnpairAsync("b", [], default);
            }
            return true;
        });

    private static Uri HomeOf(SimDevice device) =>
        new(device.Call(control => control.GetStatusAsync(CancellationToken.None))!.Relay.Url!);

    private void Shares(SimDevice from, SimDevice to, string text)
    {
        Copy(from, text);
        _world.Scheduler.RunUntil(
            () => to.Text == text,
            Soon,
            $"{to.Name} to have '{text[..Math.Min(20, text.Length)]}' of {from.Name}"
        );
    }

    /// <summary>Every message is answered, and everybody has a mailbox where each other lives.</summary>
    private void Settle(params SimDevice[] devices) =>
        _world.Scheduler.RunUntil(
            () =>
                devices.All(device => device.Pending.Values.Sum() == 0)
                && devices.All(device => Knows(device, devices)),
            TimeSpan.FromHours(3),
            "everybody to know where everybody lives",
            every: 16
        );

    private static bool Knows(SimDevice device, SimDevice[] all)
    {
        var cards = device.Cards;
        var homes = all.Select(other => cards.GetValueOrDefault(other.Id)?.Home).ToList();
        return homes.Count(home => home is not null) == all.Length
            && homes[Array.IndexOf(all, device)] == HomeOf(device)
            && all.All(other => homes.All(home => cards[other.Id].HasMailboxAt(home!)))
            && all.All(other => cards[other.Id].Home == other.Cards[other.Id].Home);
    }

    private static HashSet<string> TextsOf(SimDevice device) => [.. device.History.Select(clip => clip.Clip.Preview)];
}
