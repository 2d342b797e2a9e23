using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>What somebody deleted stays deleted, whoever was away meanwhile.</summary>
public sealed class WithdrawTests
{
    private readonly SimWorld _world = new(2);
    private readonly SimDevice _a;
    private readonly SimDevice _b;
    private readonly SimDevice _c;

    public WithdrawTests()
    {
        (_a, _b, _c) = (_world.AddDevice("a"), _world.AddDevice("b"), _world.AddDevice("c"));
        _world.Pair(_a, _b);
        _world.Pair(_a, _c);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
    }

    [Fact]
    [Trait("Seeds", "all")]
    public void What_is_deleted_here_stays_elsewhere_and_does_not_come_back()
    {
        var id = CopyToAll(_a, "copied on A");
        _b.Call(control => control.DeleteAsync(new DeleteRequest([id]), default));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(12));
        _b.Kill();
        // What A has for B expires, so that they compare what they hold when B is back.
        Copy(_a, "while B was away");
        _world.Scheduler.RunFor(TimeSpan.FromDays(9));
        _b.Start();
        _world.Scheduler.RunUntil(() => Has(_b, "while B was away"), TimeSpan.FromHours(3), "B to hear what it missed");
        _world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.False(Has(_b, "copied on A"));
        Assert.True(Has(_a, "copied on A") && Has(_c, "copied on A"));
    }

    /// <summary>It never had it for this device, and finds at their reunion that it lacks it: what mail could bring late, too.</summary>
    [Fact]
    [Trait("Seeds", "all")]
    public void What_is_deleted_here_is_not_taken_from_a_third_device_at_a_reunion()
    {
        _b.Kill();
        Copy(_a, "of A");
        _world.Scheduler.RunUntil(() => Has(_c, "of A"), TimeSpan.FromMinutes(1), "C to have it");
        Copy(_c, "of C");
        _world.Scheduler.RunUntil(() => Has(_a, "of C"), TimeSpan.FromMinutes(1), "A to have it");
        _c.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromDays(9));
        _b.Start();
        _world.Scheduler.RunUntil(() => Has(_b, "of A"), TimeSpan.FromHours(3), "B to hear what it missed");
        var id = IdOf(_b, "of A");
        _b.Call(control => control.DeleteAsync(new DeleteRequest([id]), default));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(12));

        _c.Start();
        _world.Scheduler.RunFor(TimeSpan.FromHours(4));
        Assert.False(Has(_b, "of A"));
        var rows = _c.Call(control => control.GetClipAsync(id, default))!.Entry.Deliveries;
        Assert.Equal("deleted", Assert.Single(rows, row => row.Name == "b").Reason);
    }

    /// <summary>A third device has it still to come, and another one brings it: the mailbox is slower than the person.</summary>
    [Fact]
    public void What_is_deleted_before_it_came_from_a_third_device_is_not_taken_from_that()
    {
        _c.Kill();
        Copy(_a, "for all");
        _world.Scheduler.RunUntil(() => Has(_b, "for all"), TimeSpan.FromMinutes(1), "B to have it");
        var id = IdOf(_b, "for all");
        Assert.Equal(
            2,
            _b.Call(control => control.DeleteAsync(new DeleteRequest([id], Everywhere: true), default))!.Devices
        );
        _world.Scheduler.RunUntil(() => !Has(_a, "for all"), TimeSpan.FromMinutes(1), "A to hear of it");
        _c.Start();
        Copy(_a, "for all, later");
        _world.Scheduler.RunUntil(() => Has(_c, "for all, later"), TimeSpan.FromMinutes(5), "C to be up to date");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.DoesNotContain(_c.History, clip => clip.Clip.Preview == "for all");
        Assert.All([_a, _b, _c], device => Assert.All(device.Pending.Values, count => Assert.Equal(0, count)));
    }

    [Theory]
    [Trait("Seeds", "all")]
    [InlineData(1)] // by mailbox
    [InlineData(9)] // longer than a mailbox keeps it
    public void What_is_deleted_everywhere_goes_from_a_device_that_was_away_too(int days)
    {
        var id = CopyToAll(_a, "copied on A");
        _c.Kill();
        // Not by its origin: any device of the circle may.
        var report = _b.Call(control => control.DeleteAsync(new DeleteRequest([id], Everywhere: true), default));
        Assert.Equal(new DeleteReport(1, 2, null), report);
        Assert.False(Has(_b, "copied on A"));
        _world.Scheduler.RunUntil(() => !Has(_a, "copied on A"), TimeSpan.FromMinutes(1), "A to hear of it");
        _world.Scheduler.RunFor(TimeSpan.FromDays(days));
        Assert.True(Has(_c, "copied on A"));
        _c.Start();
        _world.Scheduler.RunUntil(() => !Has(_c, "copied on A"), TimeSpan.FromHours(3), "C to hear of it");

        // C had it longest, and brings it to nobody.
        _world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.All([_a, _b, _c], device => Assert.False(Has(device, "copied on A")));
        var undone = Assert.Throws<ControlException>(() => _b.Call(control => control.UndoDeleteAsync(default)));
        Assert.Equal(ControlErrors.Empty, undone.Code);
    }

    /// <summary>The one that deleted is gone for good before the other is back: a third one says no for both.</summary>
    [Fact]
    [Trait("Seeds", "all")]
    public void Who_missed_a_deletion_does_not_bring_the_clip_back_to_others()
    {
        var id = CopyToAll(_c, "copied on C");
        _c.Kill();
        _b.Call(control => control.DeleteAsync(new DeleteRequest([id], Everywhere: true), default));
        _world.Scheduler.RunUntil(() => !Has(_a, "copied on C"), TimeSpan.FromMinutes(1), "A to hear of it");
        _b.Kill();
        Copy(_a, "while C was away");
        _world.Scheduler.RunFor(TimeSpan.FromDays(9));
        _c.Start();
        _world.Scheduler.RunUntil(() => Has(_c, "while C was away"), TimeSpan.FromHours(3), "C to hear what it missed");
        _world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.False(Has(_a, "copied on C"));
        Assert.Null(_a.Failure);
    }

    [Fact]
    public void Undone_in_time_it_is_there_and_goes_to_whom_it_had_not_reached()
    {
        _c.Kill();
        Copy(_a, "for all");
        _world.Scheduler.RunUntil(() => Has(_b, "for all"), TimeSpan.FromMinutes(1), "B to have it");
        // The mailbox has it already: only what is on this device can be held back.
        _world.Relay.Kill();
        Copy(_a, "later");
        var id = IdOf(_a, "later");
        _a.Call(control => control.DeleteAsync(new DeleteRequest([id]), default));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        _a.Call(control => control.UndoDeleteAsync(default));
        var rows = _a.Call(control => control.GetClipAsync(id, default))!.Entry.Deliveries;
        Assert.Equal(["waiting", "waiting"], rows.Select(row => row.State));
        _world.Relay.Start();
        _c.Start();
        _world.Scheduler.RunUntil(
            () => Has(_b, "later") && Has(_c, "later"),
            TimeSpan.FromMinutes(10),
            "what was put back to go to all"
        );
        Assert.Single(_a.History, clip => clip.Clip.Preview == "later");
    }

    [Fact]
    public void Large_content_goes_with_it_on_every_device()
    {
        var large = new string('x', 200_000);
        Copy(_a, large);
        _world.Scheduler.RunUntil(
            () => _b.Text == large && _c.Text == large,
            TimeSpan.FromMinutes(2),
            "all to have it"
        );
        var id = _a.History[0].Clip.Id.ToString();
        _b.Call(control => control.DeleteAsync(new DeleteRequest([id], Everywhere: true), default));
        _world.Scheduler.RunUntil(
            () => new[] { _a, _b, _c }.All(device => !device.Blobs.Ids.Any()),
            TimeSpan.FromMinutes(1),
            "the content to be gone"
        );
    }

    private string CopyToAll(SimDevice from, string text)
    {
        Copy(from, text);
        _world.Scheduler.RunUntil(
            () => Has(_a, text) && Has(_b, text) && Has(_c, text),
            TimeSpan.FromMinutes(1),
            "all to have it"
        );
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        return IdOf(from, text);
    }

    private static string IdOf(SimDevice device, string text) =>
        device.History.First(clip => clip.Clip.Preview == text).Clip.Id.ToString();

    private static bool Has(SimDevice device, string text) =>
        device.History.Any(clip => clip.Clip.Preview == text && clip.State == ClipState.Complete);
}
