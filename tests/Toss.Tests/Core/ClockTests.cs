using CsCheck;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class ClockTests
{
    private static readonly DeviceId Self = Id32(1);

    [Fact]
    public void Stamps_only_grow_whatever_the_wall_clock_does() =>
        Gen.Int[-100_000, 100_000]
            .Array[1, 200]
            .Sample(
                jumps =>
                {
                    var clock = new StampClock(Self, 0, 0);
                    var last = default(ClipStamp);
                    foreach (var jump in jumps)
                    {
                        var next = clock.Next(Now.AddMilliseconds(jump));
                        Assert.True(next > last);
                        last = next;
                    }
                },
                seed: "0000KOIPSt01",
                iter: 500
            );

    [Fact]
    public void The_counter_carries_into_the_time()
    {
        var clock = new StampClock(Self, Now.ToUnixTimeMilliseconds(), ushort.MaxValue);

        var next = clock.Next(Now);

        Assert.Equal((Now.ToUnixTimeMilliseconds() + 1, (ushort)0), (next.UnixMilliseconds, next.Counter));
    }

    [Fact]
    public void A_stamp_seen_is_followed_and_one_from_the_future_is_not()
    {
        var clock = new StampClock(Self, 0, 0);
        clock.Observe(new ClipStamp(Now.AddMinutes(4).ToUnixTimeMilliseconds(), 9, Id32(2)), Now);
        Assert.Equal(Now.AddMinutes(4).ToUnixTimeMilliseconds(), clock.Next(Now).UnixMilliseconds);

        clock.Observe(new ClipStamp(Now.AddDays(1).ToUnixTimeMilliseconds(), 0, Id32(2)), Now);
        Assert.Equal(Now.AddMinutes(4).ToUnixTimeMilliseconds(), clock.Next(Now).UnixMilliseconds);
    }

    [Fact]
    public void Stamps_of_a_clock_that_was_a_day_ahead_hold_nothing()
    {
        var clock = new StampClock(Self, 0, 0);
        clock.Next(Now.AddDays(1));
        Assert.Equal(new ClipStamp(Now.ToUnixTimeMilliseconds(), 0, Self), clock.Next(Now));
        Assert.Equal(new ClipStamp(Now.ToUnixTimeMilliseconds(), 1, Self), clock.Next(Now.AddMinutes(-5)));
    }

    [Fact]
    public void The_circle_clock_is_the_lower_median()
    {
        var day = TimeSpan.FromDays(1);
        var ahead = new CircleClock();
        ahead.Compare(Id32(2), Now - day, Now, Now, Now);
        Assert.Equal(Now - day, ahead.Now(Now, Now));

        var right = new CircleClock();
        right.Compare(Id32(2), Now + day, Now, Now, Now);
        Assert.Equal(Now, right.Now(Now, Now));
        right.Compare(Id32(3), Now + day, Now, Now, Now);
        Assert.Equal(Now + day, right.Now(Now, Now));
        right.Forget(Id32(3));
        Assert.Equal(Now, right.Now(Now, Now));
    }

    [Fact]
    public void Only_a_live_answer_compares_clocks()
    {
        var clock = new CircleClock();
        clock.Compare(
            Id32(2),
            Now - TimeSpan.FromDays(1),
            Now - CircleClock.LiveRoundTrip - TimeSpan.FromMilliseconds(1),
            Now,
            Now
        );

        Assert.Equal(Now, clock.Now(Now, Now));
    }

    /// <summary>One that waited at a relay that was away would move the circle's time by seconds.</summary>
    [Fact]
    public void The_quickest_answer_is_believed()
    {
        var (clock, second) = (new CircleClock(), TimeSpan.FromSeconds(1));
        // The peer's clock is one second behind; its answer was sealed at once, and came after eight.
        clock.Compare(Id32(2), Now - (9 * second), Now - (8 * second), Now, Now);
        Assert.Equal(Now - (5 * second), clock.Now(Now, Now));
        clock.Compare(Id32(2), Now - second, Now, Now, Now);
        Assert.Equal(Now - second, clock.Now(Now, Now));
        clock.Compare(Id32(2), Now - (9 * second), Now - (8 * second), Now, Now);
        Assert.Equal(Now - second, clock.Now(Now, Now));
    }

    [Fact]
    public void An_answer_that_contradicts_it_shows_that_the_peers_clock_was_set()
    {
        var (clock, hour) = (new CircleClock(), TimeSpan.FromHours(1));
        clock.Compare(Id32(2), Now, Now, Now, Now);
        clock.Compare(Id32(2), Now - hour, Now - TimeSpan.FromSeconds(8), Now, Now);
        Assert.Equal(Now - hour + TimeSpan.FromSeconds(4), clock.Now(Now, Now));
    }

    [Fact]
    public void A_clock_that_was_set_here_makes_all_comparisons_void()
    {
        var (clock, hour) = (new CircleClock(), TimeSpan.FromHours(1));
        clock.Compare(Id32(2), Now - hour, Now, Now, Now);
        // Slewed by a second an hour, for a day: not set.
        for (var hours = 1; hours <= 24; hours++)
        {
            Assert.Equal(
                -hour,
                clock.Now(Now + (hours * hour) + TimeSpan.FromSeconds(hours), Now + (hours * hour))
                    - Now
                    - (hours * hour)
                    - TimeSpan.FromSeconds(hours)
            );
        }
        Assert.Equal(0, clock.TimesSet);
        Assert.Equal(Now, clock.Now(Now, Now + (24 * hour)));
        Assert.Equal(1, clock.TimesSet);
        Assert.Null(clock.OffsetOf(Id32(2)));
    }

    private static DeviceId Id32(byte value)
    {
        var bytes = new byte[32];
        bytes[31] = value;
        Assert.True(DeviceId.TryFrom(bytes, out var id));
        return id;
    }

    [Fact]
    public void A_greeting_far_from_what_is_held_raises_one_doubt_until_the_peer_was_asked()
    {
        var (clock, peer, second) = (new CircleClock(), Id32(2), TimeSpan.FromSeconds(1));
        // Nothing is held: it will be asked anyway.
        Assert.False(clock.Hear(peer, Now + (60 * second), Now));
        clock.Compare(peer, Now, Now, Now, Now);
        Assert.False(clock.Hear(peer, Now - (9 * second), Now));
        Assert.False(clock.IsDoubted(peer));

        // Its clock was set, or the greeting waited for a minute: who knows.
        Assert.True(clock.Hear(peer, Now - (60 * second), Now));
        Assert.False(clock.Hear(peer, Now - (60 * second), Now));
        Assert.True(clock.IsDoubted(peer));
        Assert.Equal(TimeSpan.Zero, clock.OffsetOf(peer));

        // A worse answer than the one that is held, and no other: it had waited.
        clock.Compare(peer, Now - second, Now - (2 * second), Now, Now);
        Assert.False(clock.IsDoubted(peer));
        Assert.Equal(TimeSpan.Zero, clock.OffsetOf(peer));
    }

    [Fact]
    public void After_a_clock_was_ahead_stamps_still_come_after_those_that_were_seen()
    {
        var clock = new StampClock(Self, 0, 0);
        clock.Next(Now.AddDays(1));
        var seen = new ClipStamp(Now.AddSeconds(2).ToUnixTimeMilliseconds(), 3, Id32(2));
        clock.Observe(seen, Now);
        Assert.True(clock.Next(Now) > seen);
    }
}
