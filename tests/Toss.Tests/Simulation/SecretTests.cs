using Toss.Agent;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Secrets: to whoever is there, into no history, for a minute, and gone everywhere when they are gone at their source.</summary>
public sealed class SecretTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly SimWorld _world = new(81);
    private readonly SimDevice _a;
    private readonly SimDevice _b;
    private readonly SimDevice _c;

    public SecretTests()
    {
        (_a, _b, _c) = (_world.AddDevice("a"), _world.AddDevice("b"), _world.AddDevice("c"));
        _world.Pair(_a, _b);
        _world.Pair(_a, _c);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        foreach (var device in new[] { _a, _b, _c })
        {
            device.Clipboard!.EchoAfter = null;
        }
    }

    [Fact]
    public void A_password_is_marked_on_the_others_for_a_minute_and_in_no_history()
    {
        _a.Clipboard!.CopyConcealed("hunter2");
        Comes("hunter2");
        Assert.True(_b.Clipboard!.IsConcealed);
        Assert.True(_c.Clipboard!.IsConcealed);
        _world.Scheduler.RunFor(SecretHolder.Life - Soon - Soon);
        Assert.Equal("hunter2", _b.Text);
        _world.Scheduler.RunFor(Soon + Soon);
        Assert.Null(_b.Text);
        Assert.Null(_c.Text);
        // Where it was copied it is the password manager's.
        Assert.Equal("hunter2", _a.Text);
        Assert.All([_a, _b, _c], device => Assert.Empty(device.History));
        Assert.All([_a, _b, _c], device => Assert.DoesNotContain(device.Pending, pending => pending.Value > 0));
    }

    [Fact]
    public void What_is_cleared_at_its_source_is_cleared_everywhere()
    {
        _a.Clipboard!.CopyConcealed("hunter2");
        Comes("hunter2");
        _a.Clipboard.Empty();
        _world.Scheduler.RunUntil(() => _b.Text is null && _c.Text is null, Soon, "the others to clear it");
    }

    [Fact]
    public void A_usual_copy_takes_the_place_of_a_secret_and_stays()
    {
        _a.Clipboard!.CopyConcealed("hunter2");
        Comes("hunter2");
        _b.Clipboard!.Copy("newer");
        _world.Scheduler.RunUntil(() => _a.Text == "newer" && _c.Text == "newer", Soon, "the newer copy");
        _a.Clipboard.Empty();
        _world.Scheduler.RunFor(SecretHolder.Life * 2);
        Assert.Equal("newer", _b.Text);
        Assert.Equal("newer", _c.Text);
    }

    [Fact]
    public void Who_is_away_never_gets_it()
    {
        _b.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        _a.Clipboard!.CopyConcealed("hunter2");
        _world.Scheduler.RunUntil(() => _c.Text == "hunter2", Soon, "C to have it");
        _b.Start();
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Empty(_b.History);
    }

    [Fact]
    public void With_secrets_kept_here_nothing_is_sealed()
    {
        var steps = new List<StoreStep>();
        _a.Kill();
        _a.Plant = Noting(steps);
        _a.Start();
        _world.WaitConnected(_a);
        _a.Call(control => control.SetConfigAsync("share-secrets", "off", default));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        steps.Clear();
        _a.Clipboard!.CopyConcealed("hunter2");
        _world.Scheduler.RunFor(Soon);
        Assert.DoesNotContain(steps, step => step is StoreStep.SealUnqueued or StoreStep.RecordClip);
        Assert.Equal(0, _b.Clipboard!.Writes);
        // And that is how it would show.
        _a.Call(control => control.SetConfigAsync("share-secrets", "on", default));
        _a.Clipboard.CopyConcealed("hunter3");
        Comes("hunter3");
        Assert.Contains(StoreStep.SealUnqueued, steps);
    }

    [Fact]
    public void What_toss_copy_brings_is_on_the_own_clipboard_for_a_minute_too()
    {
        _a.Call(control =>
            control.CopyAsync("text/plain", new MemoryStream("493 021"u8.ToArray()), false, CancellationToken.None)
        );
        Comes("493 021");
        Assert.Equal("493 021", _a.Text);
        Assert.True(_a.Clipboard!.IsConcealed);
        _world.Scheduler.RunFor(SecretHolder.Life + Soon);
        Assert.All([_a, _b, _c], device => Assert.Null(device.Text));
    }

    [Fact]
    public void What_toss_copy_calls_a_secret_is_one()
    {
        _a.Call(control => control.CopyAsync("text/plain", new MemoryStream("mere words"u8.ToArray()), true, default));
        Comes("mere words");
        Assert.True(_b.Clipboard!.IsConcealed);
        Assert.Empty(_b.History);
        _world.Scheduler.RunFor(SecretHolder.Life + Soon);
        Assert.All([_a, _b, _c], device => Assert.Null(device.Text));
    }

    [Theory]
    [InlineData("hunter2\n")]
    [InlineData("hunter2\r\n")]
    public void A_clipboard_manager_that_took_it_over_loses_it_too(string taken)
    {
        _a.Clipboard!.CopyConcealed("hunter2\n");
        Comes("hunter2\n");
        _world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        _b.Clipboard!.Copy(taken);
        _world.Scheduler.RunFor(SecretHolder.Life - Soon - Soon);
        Assert.Equal(taken, _b.Text);
        _world.Scheduler.RunFor(Soon + Soon);
        Assert.Null(_b.Text);
        Assert.All([_a, _b, _c], device => Assert.Empty(device.History));
    }

    [Fact]
    public void Nothing_else_that_was_copied_meanwhile_goes_with_it()
    {
        _a.Clipboard!.CopyConcealed("hunter2");
        Comes("hunter2");
        _b.Clipboard!.Copy("something else");
        _world.Scheduler.RunFor(SecretHolder.Life + Soon);
        Assert.Equal("something else", _b.Text);
    }

    [Fact]
    public void The_newest_of_two_secrets_holds_everywhere()
    {
        _a.Clipboard!.CopyConcealed("older");
        Comes("older");
        _b.Clipboard!.CopyConcealed("newer");
        _world.Scheduler.RunUntil(() => _a.Text == "newer" && _c.Text == "newer", Soon, "the newer one");
        // It is the other's, whatever becomes of its own here.
        _world.Scheduler.RunFor(SecretHolder.Life - Soon - Soon);
        Assert.Equal("newer", _c.Text);
        _world.Scheduler.RunFor(Soon + Soon + Soon);
        Assert.Null(_c.Text);
    }

    private void Comes(string text) =>
        _world.Scheduler.RunUntil(() => _b.Text == text && _c.Text == text, Soon, "the others to have it");
}
