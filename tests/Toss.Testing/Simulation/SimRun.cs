using System.Globalization;
using System.Text;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>Runs a plan in a fresh world and compares it with the <see cref="ReferenceModel"/> after every event.</summary>
public sealed class SimRun
{
    /// <summary>
    /// All faults over, this is enough for everything the protocol promises: healing comes ten minutes after a peer was
    /// seen, and at most hourly.
    /// </summary>
    private static readonly TimeSpan SettleWithin = TimeSpan.FromHours(6);

    /// <summary>After it agreed, long enough for what comes late to do harm.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromMinutes(3);

    /// <summary>How long a copy takes in peace, at most.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    /// <summary>Copies of probes have numbers above those of plans.</summary>
    private const int FirstProbe = 1000;

    private readonly SimWorld _world;
    private readonly ReferenceModel _model = new();
    private readonly StringBuilder _log = new();
    private readonly TimeSpan _patience;
    private int _now;
    private SimPairing? _broken;

    // Since the last settlement no clock was a day off, so that the newest stamp is of whoever copied last.
    private bool _newestIsClear = true;
    private int _probes;

    // Links are probed once a run: it costs as much as a settlement.
    private bool _isLast;

    private SimRun(ulong seed, Action<SimDevice>? prepare, bool logged, TimeSpan patience)
    {
        _patience = patience;
        // By mailboxes alone; in one LAN, found by relays or by multicast too; and where nobody can punch.
        _world = new SimWorld(seed)
        {
            Prepare = prepare,
            HasLinks = seed % 2 == 1,
            HasMulticast = seed % 8 == 5,
            HasHardNats = seed % 4 == 3,
        };
        if (logged)
        {
            _world.Logs = new SimLogs(_world.Scheduler, line => _log.AppendLine(line));
        }
        _world.AddDevice("d0");
    }

    /// <summary>Runs a plan to its end, or to the first event after which the world is not what the model says.</summary>
    /// <param name="prepare">Called with each device before each of its lives.</param>
    /// <param name="patience">How long agreement may take once all faults are over; if null, as long as it ever may.</param>
    public static SimResult Of(
        ulong seed,
        IReadOnlyList<SimEvent> plan,
        Action<SimDevice>? prepare = null,
        bool logged = false,
        TimeSpan? patience = null
    )
    {
        var run = new SimRun(seed, prepare, logged, patience ?? SettleWithin);
        if (plan.Any(happens => happens is SimEvent.Move))
        {
            run._world.AddRelay();
        }
        string? problem = null;
        try
        {
            problem = run.Execute(plan);
        }
        catch (Exception failure) when (failure is TimeoutException or InvalidOperationException)
        {
            problem = failure.Message;
        }
        return new SimResult(seed, plan, problem, run._now, run._log.ToString(), run._world);
    }

    private string? Execute(IReadOnlyList<SimEvent> plan)
    {
        foreach (var happens in plan)
        {
            _isLast = _now == plan.Count - 1;
            _log.Append(CultureInfo.InvariantCulture, $"{_world.Scheduler.Now:dd HH:mm:ss.fff} {happens}\n");
            if ((Do(happens) ?? Check()) is { } problem)
            {
                return $"{problem} (after event {_now}, {happens})";
            }
            _now++;
        }
        return null;
    }

    private string? Do(SimEvent happens)
    {
        switch (happens)
        {
            case SimEvent.Sleep sleep:
                _world.Scheduler.RunFor(sleep.Time);
                return null;
            case SimEvent.Copy copy when Up(copy.Device) is { } device:
                return Copy(copy, device);
            case SimEvent.UserCopy copy when Up(copy.Device) is { } device:
                _model.Copy(copy.Device, copy.Number, acknowledged: false);
                device.Clipboard!.Copy(TextOf(copy.Number, 0));
                return null;
            case SimEvent.Cut cut when At(cut.Device) is { } device:
                _world.Net.Cut(device.Name);
                return null;
            case SimEvent.Heal heal when At(heal.Device) is { } device:
                _world.Net.Heal(device.Name);
                return null;
            case SimEvent.Kill kill:
                Up(kill.Device)?.Kill();
                return null;
            case SimEvent.Start start when At(start.Device) is { IsUp: false } device:
                device.Start();
                return null;
            case SimEvent.KillAt kill:
                Up(kill.Device)?.KillAt(kill.Step, kill.Before);
                return null;
            case SimEvent.KillRelay when _world.Relay.IsUp:
                _world.Relay.Kill();
                return null;
            case SimEvent.StartRelay when !_world.Relay.IsUp:
                _world.Relay.Start();
                return null;
            case SimEvent.Tamper tamper when At(tamper.Device) is { } device:
                _world.Relay.Trick(device.Name, tamper.Trick, tamper.Envelopes);
                return null;
            case SimEvent.JumpClock jump when At(jump.Device) is { } device:
                device.JumpClock(jump.By);
                _newestIsClear &= jump.By.Duration() < Limits.StampAhead;
                return null;
            case SimEvent.Move move when Up(move.Device) is { } device:
                // A process that dies meanwhile moved or did not.
                device.Call(control =>
                    AnsweredAsync(control.SetConfigAsync("relay", _world.Relays[move.Relay].Url.AbsoluteUri, default))
                );
                return null;
            case SimEvent.Join join when At(join.Member) is { } member && _model.IsMember(join.Member):
                return Join(join.Member, member);
            case SimEvent.BrokenJoin join when At(join.Member) is { } member && _model.IsMember(join.Member):
                return BreakJoin(join, member);
            case SimEvent.Revoke revoke when CanRevoke(revoke):
                return Revoke(revoke);
            case SimEvent.Leave leave when Up(leave.Device) is { } device && _model.IsMember(leave.Device):
                return Leave(leave.Device, device);
            case SimEvent.Settle:
                return Settle();
            default:
                return null;
        }
    }

    private string? Copy(SimEvent.Copy copy, SimDevice device)
    {
        var bytes = Encoding.UTF8.GetBytes(TextOf(copy.Number, copy.Size));
        var report = device.Call(control =>
            control.CopyAsync(MediaTypes.Text, new MemoryStream(bytes), false, default)
        );
        if (report is { Clip: null })
        {
            return $"copy {copy.Number} was taken for something else: {report.Reason}";
        }
        _model.Copy(copy.Device, copy.Number, acknowledged: report is not null);
        return null;
    }

    private string? Join(int number, SimDevice member)
    {
        if (!_world.Relay.IsUp)
        {
            return null;
        }
        // People pair where it works; where it breaks, BrokenJoin says.
        var (index, newcomer) = Newcomer(member);
        _world.Pair(member, newcomer);
        _model.Joined(number, index);
        return null;
    }

    private string? BreakJoin(SimEvent.BrokenJoin join, SimDevice member)
    {
        if (!_world.Relay.IsUp)
        {
            return null;
        }
        var (index, newcomer) = Newcomer(member);
        var home = HomeOf(member);
        _broken = _world.BeginPairing(member, newcomer);
        var end = _world.Net.Frames + join.Frames;
        _world.Scheduler.RunUntil(
            () => _world.Net.Frames >= end || _broken.HasEnded,
            TimeSpan.FromMinutes(6),
            "some frames of pairing"
        );
        if (_broken.IsPaired)
        {
            _model.Joined(join.Member, index);
        }
        else
        {
            _model.MayHaveJoined(join.Member, index);
        }
        switch (join.Break)
        {
            case JoinBreak.KillMember:
                member.Kill();
                break;
            case JoinBreak.KillNewcomer:
                newcomer.Kill();
                break;
            case JoinBreak.KillRelay:
                home.Kill();
                break;
            case JoinBreak.CutMember:
                _world.Net.Cut(member.Name);
                break;
            case JoinBreak.CutNewcomer:
                _world.Net.Cut(newcomer.Name);
                break;
        }
        return null;
    }

    /// <summary>A device that is about to join this one, where that works.</summary>
    private (int Index, SimDevice Device) Newcomer(SimDevice member)
    {
        // Who shows a code that never served withdraws it before the next.
        _broken?.Withdraw();
        Calm(member);
        _world.WaitConnected(member);
        var index = _model.AddDevice();
        // A code says where to meet only to those that live at the same relay.
        return (index, _world.AddDevice("d" + index.ToString(CultureInfo.InvariantCulture), HomeOf(member)));
    }

    private SimRelay HomeOf(SimDevice device)
    {
        var home = device.Call(control => control.GetStatusAsync(default))?.Relay.Url;
        return _world.Relays.Find(relay => relay.Url.AbsoluteUri == home) ?? _world.Relay;
    }

    /// <summary>Whoever still takes the other for a member: it may have been removed itself and not know it.</summary>
    private bool CanRevoke(SimEvent.Revoke revoke) =>
        revoke.By != revoke.Subject
        && Up(revoke.By) is not null
        && At(revoke.Subject) is { } subject
        && Knows(_world.Devices[revoke.By], subject);

    private static bool Knows(SimDevice device, SimDevice other) =>
        device.Call(control => control.GetDevicesAsync(default))?.Any(known => known.Name == other.Name) == true;

    private string? Revoke(SimEvent.Revoke revoke)
    {
        var by = _world.Devices[revoke.By];
        by.KillAtNothing();
        // Only what the revoker knows can be kept.
        var added = by.Call(control => control.GetDevicesAsync(default))!;
        var keep = revoke.KeepAdded
            ? added
                .Where(device => !device.Self && device.Name != $"d{revoke.Subject}")
                .Select(device => device.Name)
                .ToList()
            : [];
        var report = by.Call(control => control.UnpairAsync($"d{revoke.Subject}", keep, default));
        if (report is null)
        {
            return "a revocation was not answered";
        }
        var kept = keep.Select(name => int.Parse(name.AsSpan(1), CultureInfo.InvariantCulture)).ToList();
        _model.Revoked(revoke.By, revoke.Subject, kept);
        return null;
    }

    private string? Leave(int number, SimDevice device)
    {
        device.KillAtNothing();
        if (device.Call(control => AnsweredAsync(control.LeaveAsync(default))) is not true)
        {
            return "leaving was not answered";
        }
        _model.Left(number);
        return null;
    }

    private static async Task<bool> AnsweredAsync(Task asked)
    {
        await asked;
        return true;
    }

    private string? Settle()
    {
        foreach (var relay in _world.Relays.Where(relay => !relay.IsUp))
        {
            relay.Start();
        }
        _world.Relay.StopTricks();
        foreach (var device in _world.Devices)
        {
            Calm(device);
        }
        string? missing = null;
        try
        {
            _world.Scheduler.RunUntil(() => (missing = Unsettled()) is null, _patience, "agreement", every: 64);
        }
        catch (TimeoutException)
        {
            return $"no agreement: {missing}";
        }
        _world.Scheduler.RunFor(Afterwards);
        if (Unsettled() is { } fell)
        {
            return $"agreement was lost again: {fell}";
        }
        _model.Decide(HasJoined);
        _model.Settle();
        if ((Probe() ?? (_isLast ? ProbeLinks() : null)) is { } problem)
        {
            return problem;
        }
        // From here on the newest of all that may claim a clipboard is of this time.
        _newestIsClear = _world.Devices.All(device => device.ClockOffset.Duration() < Limits.StampAhead);
        return null;
    }

    /// <summary>Whether an interrupted join made this device a member, as its own disk has it: then all must have it so.</summary>
    private bool HasJoined(int newcomer) => _world.Devices[newcomer].Peers.Count > 0;

    /// <summary>The latest stamp that may claim a clipboard: five minutes ahead of the lower median of the members' clocks.</summary>
    private DateTimeOffset LatestClaim(IEnumerable<int> members)
    {
        var ahead = members.Select(member => _world.Devices[member].ClockOffset).Order().ToList();
        return _world.Scheduler.Now
            + (ahead.Count == 0 ? TimeSpan.Zero : ahead[(ahead.Count - 1) / 2])
            + Limits.StampAhead;
    }

    /// <summary>In peace a copy is everywhere in seconds, from every member: nothing waits for a healing.</summary>
    private string? Probe()
    {
        foreach (var from in _model.Members.Order())
        {
            var number = FirstProbe + ++_probes;
            if (Copy(new SimEvent.Copy(from, number, 0), _world.Devices[from]) is { } problem)
            {
                return problem;
            }
            var late = -1;
            try
            {
                _world.Scheduler.RunUntil(
                    () => (late = _model.Members.Order().FirstOrDefault(to => Holds(to) != number, -1)) < 0,
                    AtOnce,
                    "the probe",
                    every: 16
                );
            }
            catch (TimeoutException)
            {
                return $"in peace, copy {number} of device {from} was not on device {late} within {AtOnce}";
            }
        }
        return null;
    }

    private string? ProbeLinks()
    {
        var members = _model.Members.Order().Select(member => _world.Devices[member]).ToList();
        if (!_world.HasLinks || _world.HasHardNats || members.Count < 2)
        {
            return null;
        }
        return new LinkProbe(_world, members, CopyOn, device => Holds(IndexOf(device.Id))).Run();

        (int, string?) CopyOn(SimDevice device)
        {
            var number = FirstProbe + ++_probes;
            return (number, Copy(new SimEvent.Copy(IndexOf(device.Id), number, 0), device));
        }
    }

    private int Holds(int device) => NumberOf(_world.Devices[device].Text ?? "");

    /// <summary>Up, connected, and without a fault to come.</summary>
    private void Calm(SimDevice device)
    {
        _world.Net.Heal(device.Name);
        device.KillAtNothing();
        if (!device.IsUp)
        {
            device.Start();
        }
    }

    /// <summary>What is not yet as the model says it must become; null if everything is.</summary>
    private string? Unsettled()
    {
        var members = _model.MembersIf(HasJoined);
        var latest = LatestClaim(members);
        for (var i = 0; i < _world.Devices.Count; i++)
        {
            var device = _world.Devices[i];
            var history = HistoryOf(device);
            foreach (var missing in _model.Missing(i, Numbers(history)))
            {
                return $"copy {missing} is not in the history of device {i}";
            }
            var peers = device.Peers;
            var expected = members.Contains(i) ? members.Where(member => member != i) : [];
            var known = peers.Select(IndexOf).ToHashSet();
            if (!known.SetEquals(expected))
            {
                return $"device {i} holds [{string.Join(' ', known.Order())}] for its peers, not [{string.Join(' ', expected.Order())}]";
            }
            if (
                device.Pending.Where(pending => peers.Contains(pending.Key)).Sum(pending => pending.Value)
                is > 0
                    and var pending
            )
            {
                return $"{pending} messages of device {i} are unanswered";
            }
            if (history.FirstOrDefault(clip => !IsSettled(clip, i)) is { } unfinished)
            {
                return $"copy {NumberOf(unfinished)} is not whole on device {i}";
            }
            // A stamp from the future claims no clipboard.
            var newest = history.Where(clip => clip.Clip.Stamp.Time <= latest).MaxBy(clip => clip.Clip.Stamp);
            if (
                _newestIsClear
                && newest is { State: ClipState.Complete }
                && members.Contains(i)
                && NumberOf(device.Text ?? "") != NumberOf(newest)
            )
            {
                return $"device {i} has '{device.Text?[..Math.Min(10, device.Text.Length)]}' on its clipboard, and copy {NumberOf(newest)} is the newest";
            }
        }
        return null;
    }

    /// <summary>Whole, or lost because the device that made it, or the one that holds it, left before it was fetched.</summary>
    private bool IsSettled(StoredClip clip, int holder) =>
        clip.State == ClipState.Complete
        || (
            clip.State == ClipState.Lost
            && !(_model.IsMember(_model.OriginOf(NumberOf(clip))) && _model.IsMember(holder))
        );

    /// <summary>What is true at any time.</summary>
    private string? Check()
    {
        for (var i = 0; i < _world.Devices.Count; i++)
        {
            var device = _world.Devices[i];
            if (device.Failure is { } failure)
            {
                return $"the agent of device {i} ended by itself: {failure}";
            }
            if (ExpiredTooEarly(device) is { } early)
            {
                return $"a message of device {i} to device {IndexOf(early)} expired before its time";
            }
            var numbers = Numbers(HistoryOf(device));
            foreach (
                var number in numbers.Where(number =>
                    _model.Copies.Any(copy => copy.Number == number && copy.Device == i)
                )
            )
            {
                _model.Found(number);
            }
            if (_model.CheckHistory(i, numbers) is { } problem)
            {
                return problem;
            }
            if (device.Clipboard?.Applied.GroupBy(NumberOf).FirstOrDefault(same => same.Count() > 1) is { } twice)
            {
                return $"copy {twice.Key} was put on the clipboard of device {i} {twice.Count()} times";
            }
        }
        return _world.Relays.Select(relay => relay.Envelopes.Problem).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Protocol, Delivery: a row lives seven days on its device's clock, which may have been further ahead.</summary>
    private static DeviceId? ExpiredTooEarly(SimDevice device) =>
        device.Clock is { } clock
            ? device
                .Peers.Where(peer =>
                    device
                        .Expired(peer)
                        .Any(row =>
                            clock.GetUtcNow() - device.ClockOffset + device.GreatestOffset - row.CreatedAt
                            < Limits.Delivery
                        )
                )
                .Select(peer => (DeviceId?)peer)
                .FirstOrDefault()
            : null;

    private static IReadOnlyList<StoredClip> HistoryOf(SimDevice device) => device.History;

    private static List<int> Numbers(IReadOnlyList<StoredClip> history) => [.. history.Select(NumberOf)];

    private SimDevice? At(int device) => device < _world.Devices.Count ? _world.Devices[device] : null;

    private SimDevice? Up(int device) => At(device) is { IsUp: true } up ? up : null;

    private int IndexOf(Wire.DeviceId id) => _world.Devices.FindIndex(device => device.Id == id);

    // A large clip has no preview of its text: its size tells which it is.
    private static string TextOf(int number, int size)
    {
        var start = string.Create(CultureInfo.InvariantCulture, $"copy {number}\n");
        return start.PadRight(size < Limits.InlineContent ? start.Length + size : LargeSize(number), 'x');
    }

    private static int LargeSize(int number) => Limits.InlineContent + 8 + number;

    private static int NumberOf(StoredClip clip) =>
        clip.Clip.Blobs.Any() ? (int)clip.Clip.Size - LargeSize(0) : NumberOf(clip.Clip.Preview);

    private static int NumberOf(string text)
    {
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        return
            text.StartsWith("copy ", StringComparison.Ordinal)
            && end > 0
            && int.TryParse(text.AsSpan(5, end - 5), CultureInfo.InvariantCulture, out var number)
            ? number
            : -1;
    }
}

/// <summary>How a run ended.</summary>
/// <param name="Problem">What differed from the model; null if nothing did.</param>
/// <param name="Done">Events that came before the problem.</param>
public sealed record SimResult(
    ulong Seed,
    IReadOnlyList<SimEvent> Plan,
    string? Problem,
    int Done,
    string Log,
    SimWorld World
);
