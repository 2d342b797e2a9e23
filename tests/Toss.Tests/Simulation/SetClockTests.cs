using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Clocks that somebody sets, by hours and days: what is promised does not hang on them.</summary>
public sealed class SetClockTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(2);

    private readonly SimWorld _world = new(11);
    private readonly SimDevice _a;
    private readonly SimDevice _b;

    public SetClockTests()
    {
        (_a, _b) = (_world.AddDevice("a"), _world.AddDevice("b"));
        _world.Pair(_a, _b);
        _world.Scheduler.RunFor(Soon);
    }

    /// <summary>A greeting tells that its sender's clock was set, and is answered by one that asks.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public void The_others_learn_at_once_that_a_clock_was_set(int hours)
    {
        _a.JumpClock(TimeSpan.FromHours(hours));

        _world.Scheduler.RunUntil(
            () => Warns(_b, $"180 minutes {(hours > 0 ? "ahead of" : "behind")}"),
            Soon,
            "B to learn of it"
        );
        foreach (var (from, to) in new[] { (_b, _a), (_a, _b) })
        {
            Copy(from, $"of {from.Name}");
            _world.Scheduler.RunUntil(() => to.Text == $"of {from.Name}", TimeSpan.FromSeconds(5), to.Name);
        }
    }

    [Fact]
    public void A_clock_that_was_set_back_does_not_put_off_the_healing()
    {
        foreach (var text in new[] { "healed once", "healed again" })
        {
            _world.Relay.Trick(_b.Name, RelayTrick.Drop, 1);
            Copy(_a, text);
            _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
            Assert.NotEqual(text, _b.Text);
            _world.Scheduler.RunUntil(() => _b.Text == text, TimeSpan.FromHours(2), $"B to have '{text}'");
            _a.JumpClock(TimeSpan.FromHours(-80));
            _world.Scheduler.RunFor(Soon);
        }
    }

    [Fact]
    public void After_an_absence_a_device_whose_clock_is_days_off_sends_what_was_missed()
    {
        _a.JumpClock(TimeSpan.FromDays(5));
        _world.Scheduler.RunFor(Soon);
        _b.Kill();
        Copy(_a, "missed");
        _world.Scheduler.RunFor(Soon);

        // Nobody is up meanwhile, only to keep the simulated days cheap.
        _a.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromDays(8));
        _a.Start();
        _world.Scheduler.RunFor(Soon);
        _b.Start();

        _world.Scheduler.RunUntil(
            () => _b.History.Any(clip => clip.Clip.Preview == "missed"),
            TimeSpan.FromHours(2),
            "B to have what it missed"
        );
    }

    [Fact]
    public void A_device_whose_clock_is_days_behind_has_the_newest_on_its_clipboard_after_a_restart()
    {
        var c = _world.AddDevice("c");
        _world.Pair(_a, c);
        _b.JumpClock(TimeSpan.FromHours(-80));
        _world.Scheduler.RunFor(Soon);
        Copy(_a, "newest");
        _world.Scheduler.RunUntil(() => _b.Text == "newest", Soon, "B to have it");

        _b.Kill();
        _b.Start();

        _world.Scheduler.RunUntil(() => _b.Text == "newest", Soon, "B to have it again");
    }

    /// <summary>Copied by a clock that was a day ahead, and overtaken since: once its day has come it is nobody's clipboard.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_copied_in_the_future_does_not_come_back_when_that_is_now(bool overtakenByOwn)
    {
        _b.Kill();
        _a.JumpClock(TimeSpan.FromDays(1));
        Copy(_a, "of tomorrow");
        _a.JumpClock(TimeSpan.FromDays(-1));
        _b.Start();
        _world.Scheduler.RunFor(Soon);
        Copy(overtakenByOwn ? _a : _b, "newer");
        _world.Scheduler.RunUntil(() => (_a.Text, _b.Text) == ("newer", "newer"), Soon, "both to have it");

        _a.Kill();
        _b.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromHours(25));
        _a.Start();

        _world.Scheduler.RunUntil(() => _a.Text is not null, Soon, "A's clipboard");
        Assert.Equal("newer", _a.Text);
        Assert.Contains(_a.History, clip => clip.Clip.Preview == "of tomorrow");
    }

    /// <summary>Links name the hour by the circle's time: who was told another one must be told again.</summary>
    [Fact]
    public void Devices_have_a_link_again_soon_after_a_clock_was_a_day_off_and_is_right_again()
    {
        var world = new SimWorld(11) { HasLinks = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        world.Scheduler.RunUntil(() => a.IsLinkedTo(b), Soon, "a link");
        foreach (var days in new[] { -1, 1 })
        {
            b.Kill();
            a.JumpClock(TimeSpan.FromDays(days));
            b.Start();
            world.Scheduler.RunUntil(() => a.IsLinkedTo(b) && b.IsLinkedTo(a), Soon, $"a link {days} days later");
            world.Scheduler.RunFor(Soon);
        }
        b.Kill();
        b.Start();

        world.Scheduler.RunUntil(() => a.IsLinkedTo(b) && b.IsLinkedTo(a), TimeSpan.FromSeconds(30), "a link again");
    }

    private static bool Warns(SimDevice device, string of) =>
        device
            .Call(control => control.GetStatusAsync(default))
            ?.Warnings.Any(warning => warning.Message.Contains(of, StringComparison.Ordinal)) == true;
}
