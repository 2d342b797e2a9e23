using System.Threading.Channels;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// One connection's life: dispatches events to the reader and the owner, takes commands in between. Waits only when
/// nothing is left to do, and without end if nobody is in the middle of a transfer.
/// </summary>
internal sealed class X11Session : IDisplaySession
{
    private readonly XConnection _connection;
    private readonly DisplaySessionSetup _setup;
    private readonly ClipboardTiming _timing;
    private readonly WakeEvent _wake;
    private readonly ChannelReader<ClipboardCommand> _commands;
    private readonly nint _window;
    private readonly SelectionOwner _owner;
    private readonly X11Targets _targets;
    private readonly AbandonedQuestions _abandoned;
    private readonly SelectionReader<IncomingRead> _reader;
    private readonly List<nint> _vanished = [];
    private nint _ownerTime = Xlib.CurrentTime;
    private bool? _saved;

    public X11Session(XConnection connection, DisplaySessionSetup setup)
    {
        _connection = connection;
        _setup = setup;
        _timing = setup.Timing;
        _wake = setup.Wake;
        _commands = setup.Commands;
        _window = connection.CreateWindow();
        _owner = new(connection, _window, _timing, _wake.Set);
        _targets = new X11Targets(connection);
        _abandoned = new AbandonedQuestions(connection);
        _reader = new(_timing, setup.Report);
        connection.WatchSelection(_window, connection.Atoms.Clipboard);
        // A round trip: from here on, no change of owner is missed.
        _ = connection.GetOwner(connection.Atoms.Clipboard);
    }

    public bool IsDead => _connection.IsDead;

    public bool HasClipboard => true;

    public long Wakeups { get; private set; }

    public HeldContent? Content => _owner.Acquiring ?? _owner.Held;

    public void Resume(HeldContent? content, TimeSpan patience)
    {
        if (_connection.GetOwner(_connection.Atoms.Clipboard) != 0)
        {
            _reader.HandleChange(NewRead(Xlib.CurrentTime, _setup.Spool));
        }
        else if (content is not null)
        {
            _owner.Begin(content, null);
            Pump(() => _owner.Acquiring is null, _timing.Now + patience, withCommands: false);
        }
    }

    public void Run(Func<bool> stop) => Pump(stop, null, withCommands: true);

    /// <summary>
    /// Asks a clipboard manager, if there is one, to keep what we own (freedesktop.org's clipboard manager
    /// specification). Secrets are not handed over: a manager may write them to a disk.
    /// </summary>
    public void HandOver()
    {
        var atoms = _connection.Atoms;
        if (_owner.Held is not { IsSecret: false } || _connection.GetOwner(atoms.ClipboardHost) == 0)
        {
            return;
        }
        _connection.WriteLongs(_window, atoms.Saving, Xlib.AtomAtom, _owner.SavedTargets());
        _connection.Convert(atoms.ClipboardHost, atoms.SaveTargets, atoms.Saving, _window, _owner.Since);
        Pump(() => _saved is not null && !_owner.IsServing, _timing.Now + _timing.HandOver, withCommands: false);
    }

    public void Dispose()
    {
        _owner.Abandon();
        _owner.Dispose();
        _reader.Dispose();
        _connection.Dispose();
    }

    private void Pump(Func<bool> stop, TimeSpan? until, bool withCommands)
    {
        while (!stop() && !_connection.IsDead && (until is null || _timing.Now < until))
        {
            // Before the events: looking for those also sends what this wrote.
            _owner.HandlePromises();
            _reader.HandleRoom();
            _owner.HandleTimeout();
            _reader.HandleTimeout();
            var worked = DispatchAll();
            // Events first: an Apply must see whether the user copied before it. And one at a time.
            if (withCommands && _owner.Acquiring is null && _commands.TryRead(out var command))
            {
                Execute(command);
                worked = true;
            }
            // A reply may have brought events along, and requests want flushing: only a round without work waits.
            if (!worked)
            {
                Wakeups++;
                _wake.Wait(_connection.Descriptor, Remaining(until));
            }
        }
    }

    private bool DispatchAll()
    {
        var worked = false;
        while (_connection.TryNextEvent(out var received))
        {
            // First, because a new program can be given the very window id of the one that vanished.
            DropVanished();
            Dispatch(received);
            worked = true;
        }
        DropVanished();
        return worked;
    }

    private TimeSpan? Remaining(TimeSpan? until)
    {
        var earliest = Earliest(until, Earliest(_owner.Deadline, _reader.Deadline));
        return earliest is null ? null : earliest - _timing.Now;
    }

    private static TimeSpan? Earliest(TimeSpan? one, TimeSpan? other) =>
        one is null || other < one ? other ?? one : one;

    private void Execute(ClipboardCommand command)
    {
        switch (command)
        {
            case ApplyCommand apply when _reader.IsReadingChange:
                // The user copied and the agent could not know: the user's copy is the newer one.
                apply.Outcome.TrySetResult(ApplyOutcome.Overtaken);
                break;
            case ApplyCommand apply:
                _owner.Begin(apply.Content, outcome => apply.Outcome.TrySetResult(outcome));
                break;
            case ClearCommand clear:
                if (_owner.Held?.IsOf(clear.Origin) == true)
                {
                    _owner.Clear();
                }
                clear.Done.TrySetResult();
                break;
            case ReadCommand read when _owner.Held is { } held:
                read.Snapshot.TrySetResult(held.ToSnapshot());
                break;
            case ReadCommand read when _connection.GetOwner(_connection.Atoms.Clipboard) == 0:
                read.Snapshot.TrySetResult(null);
                break;
            case ReadCommand read:
                // Whoever took the clipboard until just now is in the queue since the round trip: that read is the one to join,
                // and no owner is asked twice at the same time.
                DispatchAll();
                _reader.Join(read.Snapshot, () => NewRead(_ownerTime, spool: null));
                break;
        }
    }

    private void Dispatch(in XEvent received)
    {
        switch (received.Type)
        {
            case Xlib.PropertyNotify:
                _owner.Handle(received.As<XPropertyEvent>());
                _abandoned.Handle(received.As<XPropertyEvent>());
                _reader.Read?.Handle(received.As<XPropertyEvent>());
                _reader.Settle();
                break;
            case Xlib.SelectionRequest:
                _owner.Handle(received.As<XSelectionRequestEvent>());
                break;
            case Xlib.SelectionClear:
                _owner.Handle(received.As<XSelectionClearEvent>());
                break;
            case Xlib.SelectionNotify:
                Handle(received.As<XSelectionEvent>());
                break;
            case Xlib.DestroyNotify:
                _owner.HandleGone(received.As<XDestroyWindowEvent>().Window);
                break;
            case var type when type == _connection.FixesEvent:
                Handle(received.As<XFixesSelectionEvent>());
                break;
        }
    }

    private void Handle(in XSelectionEvent notify)
    {
        if (notify.Requestor == _window)
        {
            _saved = notify.Property != 0;
            return;
        }
        _abandoned.Handle(notify);
        _reader.Read?.Handle(notify);
        _reader.Settle();
    }

    private void Handle(in XFixesSelectionEvent changed)
    {
        if (changed.Selection != _connection.Atoms.Clipboard)
        {
            return;
        }
        if (changed.Owner == _window)
        {
            _reader.HandleOurs(_owner.Held?.ToSnapshot());
        }
        else if (changed.Owner == 0)
        {
            _reader.HandleEmptied(byUs: changed.SelectionTimestamp == _owner.ClearedAt);
        }
        else
        {
            _ownerTime = changed.Timestamp;
            _reader.HandleChange(NewRead(changed.Timestamp, _setup.Spool));
        }
    }

    /// <param name="spool">Null: somebody looks, and large content is kept only of what is copied.</param>
    private IncomingRead NewRead(nint time, IContentSpool? spool)
    {
        var plan = new ReadPlan(_connection.ProgramOf(_connection.Atoms.Clipboard), spool, _setup.Wake.Set);
        return new(_connection, _abandoned, _targets, time, plan, _timing);
    }

    private void DropVanished()
    {
        _connection.TakeVanished(_vanished);
        foreach (var window in _vanished)
        {
            _owner.HandleGone(window);
        }
        _vanished.Clear();
    }
}
