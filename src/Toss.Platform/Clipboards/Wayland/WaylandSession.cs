using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// One connection's life: dispatches events to the device, the reader and the owner, takes commands in between. Waits only
/// when nothing is left to do, and without end if nobody is in the middle of a transfer. Without a seat there is no
/// selection: what it is given then waits for one.
/// </summary>
internal sealed class WaylandSession : IDisplaySession
{
    /// <summary>The wake event, the connection, the pipe that is read, and those that are written.</summary>
    private const int FixedWaits = 3;

    private readonly WaylandConnection _connection;
    private readonly WaylandObjects _objects;
    private readonly WaylandGlobals _globals;
    private readonly DisplaySessionSetup _setup;
    private readonly SelectionReader<OfferRead> _reader;
    private readonly SourceOwner _owner;
    private readonly uint _manager;
    private readonly Libc.PollDescriptor[] _polled = new Libc.PollDescriptor[FixedWaits + OutgoingPipes.Capacity];
    private WaylandDevice? _device;
    private HeldContent? _waiting;
    private bool _resumes;

    private WaylandSession(
        WaylandConnection connection,
        WaylandObjects objects,
        WaylandGlobals globals,
        string mark,
        DisplaySessionSetup setup
    )
    {
        _connection = connection;
        _objects = objects;
        _globals = globals;
        _setup = setup;
        _reader = new(setup.Timing, setup.Report);
        _manager = globals.BindManager(connection, objects);
        _owner = new(connection, objects, _manager, mark, setup.Timing, setup.Wake.Set);
    }

    public bool IsDead => _connection.IsDead;

    public bool HasClipboard => _device is not null;

    public long Wakeups { get; private set; }

    public HeldContent? Content => _owner.Acquiring ?? _owner.Held ?? _waiting;

    /// <summary>Null if the compositor is not there, or does not answer. Throws if it has no data-control.</summary>
    public static WaylandSession? TryOpen(string path, string mark, DisplaySessionSetup setup)
    {
        if (WaylandConnection.TryOpen(path) is not { } connection)
        {
            return null;
        }
        var objects = new WaylandObjects(connection);
        var globals = new WaylandGlobals();
        var patience = setup.Timing.Progress;
        if (!globals.TryRead(connection, objects, setup.Wake, setup.Timing, patience))
        {
            connection.Dispose();
            return null;
        }
        if (!globals.HasManager)
        {
            connection.Dispose();
            throw new PlatformException(
                PlatformFailure.UnsupportedDisplay,
                $"The Wayland compositor lets no program reach its clipboard in the background: it has neither {WaylandProtocol.ExtManager} nor {WaylandProtocol.WlrManager}."
            );
        }
        var session = new WaylandSession(connection, objects, globals, mark, setup);
        session.FollowSeats();
        session.Pump(() => session._device?.IsSettled ?? true, setup.Timing.Now + patience, withCommands: false);
        if (!connection.IsDead && session._device?.IsSettled != false)
        {
            session._resumes = true;
            return session;
        }
        session.Dispose();
        return null;
    }

    public void Resume(HeldContent? content, TimeSpan patience)
    {
        _waiting = content;
        Settle();
        Pump(() => _owner.Acquiring is null, _setup.Timing.Now + patience, withCommands: false);
    }

    public void Run(Func<bool> stop) => Pump(stop, null, withCommands: true);

    /// <summary>Wayland knows no hand-over: programs that keep what was copied have read it by now.</summary>
    public void HandOver() { }

    public void Dispose()
    {
        _owner.Dispose();
        _reader.Dispose();
        _connection.Dispose();
    }

    private void Pump(Func<bool> stop, TimeSpan? until, bool withCommands)
    {
        var timing = _setup.Timing;
        while (!stop() && !_connection.IsDead && (until is null || timing.Now < until))
        {
            _owner.HandleTimeout();
            _reader.HandleRoom();
            _reader.HandleTimeout();
            // Events first: an Apply must see whether the user copied before it. And one at a time.
            if (_connection.TryReceive())
            {
                while (_connection.TryNextEvent(out var received))
                {
                    Dispatch(ref received);
                }
                _reader.Settle();
                continue;
            }
            if (
                withCommands
                && _owner is { Acquiring: null, IsClearing: false }
                && _setup.Commands.TryRead(out var command)
            )
            {
                Execute(command);
                continue;
            }
            _connection.Flush();
            Wakeups++;
            Wait(until);
        }
    }

    private void Wait(TimeSpan? until)
    {
        var pipes = _owner.Pipes.Count;
        var polled = _polled.AsSpan(0, FixedWaits + pipes);
        polled[1] = new()
        {
            Descriptor = _connection.Descriptor,
            Events = (short)(Libc.PollIn | (_connection.IsSending ? Libc.PollOut : 0)),
        };
        polled[2] = new() { Descriptor = _reader.Read?.Readable ?? -1, Events = Libc.PollIn };
        _owner.Pipes.Describe(polled[FixedWaits..]);
        _setup.Wake.Wait(polled, Remaining(until));
        if (polled[2].Returned != 0)
        {
            _reader.Read?.HandleReadable();
            _reader.Settle();
        }
        _owner.Pipes.Handle(polled[FixedWaits..]);
    }

    private TimeSpan? Remaining(TimeSpan? until)
    {
        var earliest = Earliest(until, Earliest(_owner.Deadline, _reader.Deadline));
        return earliest is null ? null : earliest - _setup.Timing.Now;
    }

    private static TimeSpan? Earliest(TimeSpan? one, TimeSpan? other) =>
        one is null || other < one ? other ?? one : one;

    private void Execute(ClipboardCommand command)
    {
        switch (command)
        {
            case ApplyCommand apply when _device is not { IsSettled: true }:
                _waiting = apply.Content;
                apply.Outcome.TrySetResult(ApplyOutcome.Deferred);
                break;
            case ApplyCommand apply when _reader.IsReadingChange:
                // The user copied and the agent could not know: the user's copy is the newer one.
                apply.Outcome.TrySetResult(ApplyOutcome.Overtaken);
                break;
            case ApplyCommand apply:
                _owner.Begin(_device!, apply.Content, outcome => apply.Outcome.TrySetResult(outcome));
                break;
            case ClearCommand clear when _owner.Held?.IsOf(clear.Origin) == true:
                _owner.Clear(() => clear.Done.TrySetResult());
                break;
            case ClearCommand clear:
                _waiting = _waiting?.IsOf(clear.Origin) == true ? null : _waiting;
                clear.Done.TrySetResult();
                break;
            case ReadCommand read when _owner.Held is { } held:
                read.Snapshot.TrySetResult(held.ToSnapshot());
                break;
            case ReadCommand read when _device?.Selection is { } selection:
                _reader.Join(read.Snapshot, () => NewRead(selection, spool: null));
                break;
            case ReadCommand read:
                read.Snapshot.TrySetResult(null);
                break;
        }
    }

    private void Dispatch(ref WaylandEvent received)
    {
        if (received.Target >= WaylandProtocol.FirstServerId)
        {
            _device?.HandleOffer(ref received);
            return;
        }
        switch (_objects.RoleOf(received.Target))
        {
            case WaylandRole.Registry when _globals.Handle(ref received):
                FollowSeats();
                break;
            case WaylandRole.Device when received.Target == _device?.Id:
                if (_device.Handle(ref received) && _device.IsSettled)
                {
                    HandleSelection();
                }
                if (_device?.IsFinished == true)
                {
                    FollowSeats();
                }
                break;
            case WaylandRole.Source:
                _owner.Handle(ref received);
                break;
            case WaylandRole.Callback:
                _objects.Handle(ref received);
                break;
            case null when received.Target == WaylandProtocol.Display:
                _objects.Handle(ref received);
                break;
            // Seats say nothing that matters here; what came for an object that is gone, neither.
        }
    }

    private void HandleSelection()
    {
        if (_device?.Selection is not { } selection)
        {
            _reader.HandleEmptied(byUs: _owner.IsClearing);
        }
        else if (_owner.IsOurs(selection))
        {
            _reader.HandleOurs((_owner.Acquiring ?? _owner.Held)?.ToSnapshot());
        }
        else
        {
            _reader.HandleChange(NewRead(selection, _setup.Spool));
        }
    }

    /// <summary>Keeps to the seat it has while that is there, else takes the oldest of the others.</summary>
    private void FollowSeats()
    {
        if (_device is { IsFinished: false } && _globals.Seats.Contains(_device.Seat))
        {
            return;
        }
        if (_device is { } old)
        {
            _waiting = _owner.Release() ?? _waiting;
            _device = null;
            _reader.HandleOurs(null);
            if (old.Selection is not null && _waiting is null)
            {
                // What other programs had on it went with the seat.
                _setup.Report(Snapshot.Cleared);
            }
            old.Destroy();
            // A seat that is finished may stay in the registry a while.
            _globals.Forget(old.Seat);
        }
        if (_globals.Seats.Count > 0)
        {
            var seat = _globals.Seats[0];
            // Ids are made in the order in which the compositor hears of them: it wants no gaps.
            var bound = _globals.BindSeat(_connection, _objects, seat);
            var id = _objects.Create(WaylandRole.Device);
            _connection.Send(new WaylandRequest(_manager, WaylandProtocol.ManagerGetDevice).Add(id).Add(bound));
            var device = new WaylandDevice(_connection, _objects, id, seat);
            _device = device;
            _objects.Sync(() =>
            {
                device.IsSettled = true;
                if (device == _device && _resumes)
                {
                    Settle();
                }
            });
        }
    }

    /// <summary>
    /// The clipboard is there after a time without one: what somebody took is a copy like any other, and if nobody did,
    /// what waited is offered.
    /// </summary>
    private void Settle()
    {
        if (_device is not { IsSettled: true } device)
        {
            return;
        }
        var waiting = _waiting;
        _waiting = null;
        if (device.Selection is not null)
        {
            HandleSelection();
        }
        else if (waiting is not null)
        {
            _owner.Begin(device, waiting, null);
        }
    }

    /// <param name="spool">Null: somebody looks, and large content is kept only of what is copied.</param>
    private OfferRead NewRead(WaylandOffer selection, IContentSpool? spool) =>
        new(_connection, _objects, selection, new ReadPlan(source: null, spool, _setup.Wake.Set), _setup.Timing);
}
