using Toss.Agent;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>Rules in each direction: a clipboard that must not be touched is not, and nothing is sealed that must not leave.</summary>
public sealed class RuleTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    private readonly SimWorld _world = new(91);
    private readonly SimDevice _a;
    private readonly SimDevice _b;
    private readonly SimDevice _c;

    // For whom A sealed rows of clips, and for whom what has no row: secrets, and what is said beside.
    private readonly List<string> _sealed = [];
    private readonly List<string> _unqueued = [];

    // How many clips each of A's questions to B said to be here.
    private readonly List<int> _named = [];

    public RuleTests()
    {
        (_a, _b, _c) = (_world.AddDevice("a"), _world.AddDevice("b"), _world.AddDevice("c"));
        _world.Pair(_a, _b);
        _world.Pair(_a, _c);
        Watch(_a);
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        _sealed.Clear();
        _unqueued.Clear();
    }

    [Theory]
    [InlineData("never")]
    [InlineData("ask")]
    public void Out_nothing_is_sealed_for_whom_a_rule_keeps_it_from_and_the_others_get_it(string rule)
    {
        Rule(_a, "out", rule, "b");
        _a.Clipboard!.Copy("for c");
        Comes(_c, "for c");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(["c"], _sealed);
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Empty(_b.History);
        Assert.Single(_a.History);
        // And that is how it would show.
        Rule(_a, "out", "default", "b");
        _a.Clipboard.Copy("for both");
        Comes(_b, "for both");
        Assert.Equal(["b", "c"], _sealed[1..].Order());
    }

    [Fact]
    public void Out_by_type_and_size()
    {
        _a.Call(control => control.SetRuleAsync(new("out", null, "text", "never", null), default));
        _a.Clipboard!.Copy("kept");
        _world.Scheduler.RunFor(Soon);
        Assert.Empty(_sealed);
        Rule(_a, "out", "automatic", "c");
        _a.Call(control => control.SetRuleAsync(new("out", "c", null, null, 1), default));
        _a.Clipboard.Copy(new string('x', (1024 * 1024) + 1));
        _world.Scheduler.RunFor(Soon);
        Assert.Empty(_sealed);
        _a.Clipboard.Copy("for c");
        Comes(_c, "for c");
        Assert.Equal(0, _b.Clipboard!.Writes);
    }

    [Fact]
    public void A_secret_obeys_rules_of_its_own()
    {
        _a.Call(control => control.SetRuleAsync(new("out", "b", "secret", "never", null), default));
        _a.Clipboard!.CopyConcealed("hunter2");
        Comes(_c, "hunter2");
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Empty(_a.History);
        _a.Clipboard.Empty();
        _world.Scheduler.RunUntil(() => _c.Text is null, Soon, "C to clear it");
        // Neither the secret nor its end.
        Assert.Equal(["c", "c"], _unqueued);
        _c.Call(control => control.SetRuleAsync(new("in", null, "secret", "ask", null), default));
        var writes = _c.Clipboard!.Writes;
        _a.Clipboard.CopyConcealed("hunter3");
        _world.Scheduler.RunFor(Soon);
        Assert.Equal(writes, _c.Clipboard.Writes);
    }

    [Fact]
    public void A_secret_goes_by_hand_while_it_lives()
    {
        Rule(_a, "out", "ask");
        _a.Clipboard!.CopyConcealed("hunter2");
        _world.Scheduler.RunFor(Soon);
        Assert.Empty(_unqueued);
        Assert.Equal(["b"], _a.Call(control => control.SendAsync(new("b"), default))!.Sent);
        Comes(_b, "hunter2");
        Assert.Equal(["b"], _a.Call(control => control.SendAsync(new("b"), default))!.Had);
        _world.Scheduler.RunFor(SecretHolder.Life);
        Assert.Null(_b.Text);
        Assert.Equal(ControlErrors.Empty, Refused(_a, control => control.SendAsync(new("b"), default)).Code);
    }

    [Fact]
    public void Send_brings_the_current_copy_to_whom_it_is_meant_for()
    {
        Rule(_a, "out", "ask");
        Rule(_a, "out", "never", "c");
        Assert.Equal(ControlErrors.Empty, Refused(_a, control => control.SendAsync(new(null), default)).Code);
        _a.Clipboard!.Copy("by hand");
        _world.Scheduler.RunFor(Soon);
        Assert.Empty(_sealed);
        Assert.Equal(ControlErrors.ByRule, Refused(_a, control => control.SendAsync(new("c"), default)).Code);
        Assert.Equal(["b"], _a.Call(control => control.SendAsync(new(null), default))!.Sent);
        Comes(_b, "by hand");
        Assert.Equal(["b"], _sealed);
        var again = _a.Call(control => control.SendAsync(new("b"), default))!;
        Assert.Empty(again.Sent);
        Assert.Equal(["b"], again.Had);
        // B knows that it is kept from somebody, and not from whom.
        Assert.Equal(ControlErrors.ByRule, Refused(_b, control => control.SendAsync(new("c"), default)).Code);
        _a.Call(Paused(null));
        Assert.Equal(ControlErrors.Paused, Refused(_a, control => control.SendAsync(new("b"), default)).Code);
    }

    /// <summary>A copy of history keeps its time: whoever gets it keeps its clipboard.</summary>
    [Fact]
    public void Send_brings_a_copy_of_history_into_the_history_of_whom_it_is_meant_for()
    {
        Rule(_a, "out", "ask");
        _a.Clipboard!.Copy("older");
        _world.Scheduler.RunFor(Soon);
        var older = _a.Call(control => control.GetHistoryAsync(new(null, 1), default))!.Entries[0];
        _a.Clipboard.Copy("newer");
        _world.Scheduler.RunFor(Soon);
        Assert.Equal(["b"], _a.Call(control => control.SendAsync(new("b"), default))!.Sent);
        Comes(_b, "newer");
        Assert.Equal(older.Id, _a.Call(control => control.SendAsync(new("b", older.Id), default))!.Clip);
        _world.Scheduler.RunFor(Soon);
        Assert.Equal("newer", _b.Text);
        Assert.Equal(
            ["newer", "older"],
            _b.Call(control => control.GetHistoryAsync(new(null, 9), default))!.Entries.Select(entry => entry.Preview)
        );
        Assert.Equal(["b"], _a.Call(control => control.SendAsync(new("b", older.Id), default))!.Had);
        Assert.Equal(
            ControlErrors.NoSuchClip,
            Refused(_a, control => control.SendAsync(new("b", "0193ff"), default)).Code
        );
        Rule(_a, "out", "never", "c");
        Assert.Equal(ControlErrors.ByRule, Refused(_a, control => control.SendAsync(new("c", older.Id), default)).Code);
    }

    [Fact]
    public void What_waits_for_a_device_is_not_sealed_once_a_rule_keeps_it()
    {
        _b.Kill();
        _world.Relay.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        _a.Clipboard!.Copy("too late");
        _world.Scheduler.RunFor(Soon);
        Rule(_a, "out", "ask", "b");
        _world.Relay.Start();
        _b.Start();
        Comes(_c, "too late", TimeSpan.FromMinutes(5));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        Assert.Empty(_b.History);
        Assert.Equal(["c"], _sealed);
    }

    [Fact]
    public void A_reunion_brings_nothing_that_a_rule_keeps_neither_from_here_nor_by_way_of_others()
    {
        // B and C are companions too: after an absence C would pass on what B lacks.
        _b.Kill();
        _a.Clipboard!.Copy("for all");
        Comes(_c, "for all");
        // Into B's mailbox, where the rule does not reach it any more.
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Rule(_a, "out", "never", "b");
        _a.Clipboard.Copy("for c");
        Comes(_c, "for c");
        _c.Clipboard!.Copy("of c");
        Comes(_a, "of c");
        // Long enough for rows to expire; nobody is up meanwhile, since every hour of it would be simulated.
        _a.Kill();
        _c.Kill();
        _world.Scheduler.RunFor(TimeSpan.FromDays(10));
        _sealed.Clear();
        _a.Start();
        _c.Start();
        _b.Start();
        // C passes on what A shared with all, as ever: the rule is A's and younger.
        _world.Scheduler.RunUntil(() => _b.History.Count == 2, TimeSpan.FromHours(6), "the reunion");
        _world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.Equal(["of c", "for all"], _b.History.Select(stored => stored.Clip.Preview));
        Assert.DoesNotContain("b", _sealed);
        // A asked, but said of nothing that it has it; and it does not ask for ever.
        Assert.Equal([0], _named);
        Assert.Empty(_a.Expired(_b.Id));
    }

    [Fact]
    public void In_never_refuses_and_stores_nothing()
    {
        Rule(_b, "in", "never", "a");
        _a.Clipboard!.Copy("unwanted");
        Comes(_c, "unwanted");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Empty(_b.History);
        var delivery = _a.Call(control => control.GetHistoryAsync(null, 1, default))![0].Deliveries;
        Assert.Equal(
            ("refused", "not-wanted"),
            delivery.Where(row => row.Name == "b").Select(row => (row.State, row.Reason)).Single()
        );
        // Of whom the rule says nothing comes as ever.
        _c.Clipboard!.Copy("welcome");
        Comes(_b, "welcome");
        Assert.Equal(1, _b.Clipboard.Writes);
    }

    [Fact]
    public void In_what_is_too_large_is_refused_before_it_is_fetched()
    {
        _b.Call(control => control.SetRuleAsync(new("in", null, null, null, 1), default));
        _a.Clipboard!.Copy(new string('x', (1024 * 1024) + 1));
        Comes(_c, new string('x', (1024 * 1024) + 1), TimeSpan.FromMinutes(1));
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Empty(_b.History);
        var delivery = _a.Call(control => control.GetHistoryAsync(null, 1, default))![0].Deliveries;
        Assert.Equal("too-large", delivery.Single(row => row.Name == "b").Reason);
    }

    [Fact]
    public void In_ask_keeps_until_somebody_takes_it()
    {
        Assert.Equal(ControlErrors.Empty, Refused(_b, control => control.AcceptAsync(null, default)).Code);
        Rule(_b, "in", "ask");
        _a.Clipboard!.Copy("first");
        Comes(_c, "first");
        _world.Scheduler.RunFor(Soon);
        _a.Clipboard.Copy("second");
        Comes(_c, "second");
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _b.Clipboard!.Writes);
        Assert.Equal(2, _b.History.Count);
        var rows = _a.Call(control => control.GetHistoryAsync(null, 2, default))!.SelectMany(entry => entry.Deliveries);
        Assert.All(rows.Where(row => row.Name == "b"), row => Assert.Equal("kept", row.State));
        // A restart puts nothing of it there either.
        _b.Kill();
        _b.Start();
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _b.Clipboard!.Writes);

        Assert.Equal(("a", "applied"), Taken(_b.Call(control => control.AcceptAsync(null, default))));
        Assert.Equal("second", _b.Text);
        var older = _b.History[1].Clip.Id.ToString();
        Assert.Equal(("a", "applied"), Taken(_b.Call(control => control.AcceptAsync(older, default))));
        Assert.Equal("first", _b.Text);
        // What was taken is no copy of B's.
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal("second", _a.Text);
        Assert.Equal(2, _b.History.Count);
    }

    [Fact]
    public void A_pause_ends_by_itself_to_the_second_also_across_a_restart()
    {
        _b.Call(Paused(TimeSpan.FromMinutes(30)));
        var until = _b.Call(control => control.GetStatusAsync(default))!.PausedUntil!.Value;
        Assert.InRange(until - _b.Clock!.GetUtcNow(), TimeSpan.FromMinutes(30) - Soon, TimeSpan.FromMinutes(30));
        _b.Kill();
        _b.Start();
        _world.Scheduler.RunFor(until - _b.Clock.GetUtcNow() - TimeSpan.FromSeconds(20));
        var writes = _b.Clipboard!.Writes;
        _a.Clipboard!.Copy("during");
        Comes(_c, "during");
        _world.Scheduler.RunFor(until - _b.Clock.GetUtcNow() - TimeSpan.FromSeconds(1));
        Assert.True(_b.Call(control => control.GetStatusAsync(default))!.Paused);
        Assert.Equal(writes, _b.Clipboard.Writes);
        _world.Scheduler.RunFor(TimeSpan.FromSeconds(1));
        var after = _b.Call(control => control.GetStatusAsync(default))!;
        Assert.Equal((false, null), (after.Paused, after.PausedUntil));
        _a.Clipboard.Copy("after");
        Comes(_b, "after");
        _b.Clipboard.Copy("from b");
        Comes(_a, "from b");
    }

    [Fact]
    public void Rules_outlive_the_process_and_end_with_a_reset()
    {
        Rule(_a, "out", "ask", "b");
        _a.Kill();
        _a.Start();
        _world.WaitConnected(_a);
        Assert.Equal(
            [("out", "b", "ask")],
            _a.Call(control => control.GetRulesAsync(default))!
                .Select(rule => (rule.Direction, rule.DeviceName, rule.Sharing))
        );
        _a.Call(async control =>
        {
            await control.ResetRulesAsync(default);
            return true;
        });
        Assert.Empty(_a.Call(control => control.GetRulesAsync(default))!);
    }

    [Fact]
    public void Rules_of_a_device_that_is_gone_can_be_taken_back_and_are_not_mistaken_for_another_of_its_name()
    {
        Rule(_a, "out", "never", "c");
        var gone = _c.Id.ToString();
        _a.Call(control => control.UnpairAsync("c", [], default));
        _b.Call(async control =>
        {
            await control.RenameAsync("c", default);
            return true;
        });
        _world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Rule(_a, "out", "ask", "c");
        var rules = _a.Call(control => control.GetRulesAsync(default))!;
        Assert.Equal("ask", rules.Single(rule => rule.Device == _b.Id.ToString()).Sharing);
        Assert.Equal("never", rules.Single(rule => rule.Device == gone).Sharing);
        Rule(_a, "out", "default", gone);
        Assert.Single(_a.Call(control => control.GetRulesAsync(default))!);
    }

    [Theory]
    [InlineData("sideways", null, null, "ask", null)]
    [InlineData("out", null, "film", "ask", null)]
    [InlineData("out", null, null, "maybe", null)]
    [InlineData("out", null, null, null, null)]
    [InlineData("out", null, null, null, (int)(Limits.Clip / 1024 / 1024) + 1)]
    [InlineData("out", null, "text", null, 5)]
    [InlineData("out", "nobody", null, "ask", null)]
    public void What_is_no_rule_is_refused_with_what_to_do(
        string direction,
        string? device,
        string? type,
        string? rule,
        int? size
    )
    {
        var refused = Refused(_a, control => control.SetRuleAsync(new(direction, device, type, rule, size), default));
        Assert.Equal(device is null ? ControlErrors.InvalidArgument : ControlErrors.NoSuchDevice, refused.Code);
        Assert.NotNull(refused.Hint);
    }

    private static (string, string) Taken(AcceptReport? report) => (report!.From, report.State);

    private static Func<IControl, Task<bool>> Paused(TimeSpan? duration) =>
        async control =>
        {
            await control.PauseAsync(duration, default);
            return true;
        };

    private static void Rule(SimDevice at, string direction, string rule, string? device = null) =>
        at.Call(control => control.SetRuleAsync(new(direction, device, null, rule, null), default));

    private static ControlException Refused<T>(SimDevice at, Func<IControl, Task<T>> call) =>
        Assert.Throws<ControlException>(() => at.Call(call));

    private void Comes(SimDevice device, string text, TimeSpan? within = null) =>
        _world.Scheduler.RunUntil(() => device.Text == text, within ?? Soon, $"{device.Name} to have it");

    /// <summary>Notes each clip and secret that a device seals, and for whom.</summary>
    private void Watch(SimDevice device)
    {
        device.Kill();
        device.Plant = ports =>
            ports with
            {
                Store = Interposed<IAgentStore>.Between(
                    ports.Store,
                    (call, arguments, goOn) =>
                    {
                        if (call == nameof(IAgentStore.CommitAsync))
                        {
                            Note((StoreStep)arguments[0]!, (IReadOnlyList<StoreWrite>)arguments[1]!);
                        }
                        return goOn();
                    }
                ),
            };
        device.Start();
        _world.WaitConnected(device);
    }

    private void Note(StoreStep step, IReadOnlyList<StoreWrite> writes)
    {
        foreach (var write in writes)
        {
            if (write is SealDelivery { } delivery && IsOfClip(delivery))
            {
                _sealed.Add(NameOf(delivery.Peer));
            }
            else if (
                write is InsertDelivery { Delivery: { Body: { } body } row }
                && row.Peer == _b.Id
                && EnvelopePlaintext.Parser.ParseFrom(body.Span).Query is { } query
            )
            {
                _named.Add(query.Held.Count);
            }
            else if (write is PutSessions { } sessions && step == StoreStep.SealUnqueued)
            {
                _unqueued.Add(NameOf(sessions.Peer));
            }
        }
    }

    private bool IsOfClip(SealDelivery row)
    {
        var found = _a.Store.FindDeliveryAsync(row.Peer, row.Message, default);
        return found.IsCompletedSuccessfully && found.Result is { Clip: not null };
    }

    private string NameOf(DeviceId device) => _world.Devices.Single(one => one.Id == device).Name;
}
