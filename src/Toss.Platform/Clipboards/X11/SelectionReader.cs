using Toss.Core.Clips;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// What other owners have: one read at a time, always of the newest owner. A read that a newer owner overtakes is dropped,
/// and those who waited for it get the newer one.
/// </summary>
internal sealed class SelectionReader(
    XConnection connection,
    X11Targets targets,
    X11Timing timing,
    Action<Snapshot> report
) : IDisposable
{
    private readonly List<TaskCompletionSource<Snapshot?>> _waiting = [];
    private IncomingRead? _read;
    private bool _reports;

    /// <summary>The user copied and the agent does not know yet.</summary>
    public bool IsReadingChange => _read is not null && _reports;

    public TimeSpan? Deadline => _read?.Deadline;

    /// <summary>Somebody took the clipboard at this server time.</summary>
    public void HandleChange(nint time)
    {
        Start(time);
        _reports = true;
    }

    /// <summary>The clipboard has no owner any more: it was emptied, or its owner is gone.</summary>
    public void HandleEmptied(bool byUs)
    {
        _read?.HandleSourceGone();
        Settle();
        Answer(null);
        if (!byUs)
        {
            report(Snapshot.Cleared);
        }
    }

    /// <summary>We took the clipboard: nobody else's content matters.</summary>
    public void HandleOurs(Snapshot? ours)
    {
        Drop();
        Answer(ours);
    }

    /// <summary>Somebody wants to know what the owner has; joins a read that is under way.</summary>
    public void Join(TaskCompletionSource<Snapshot?> waiting, nint time)
    {
        _waiting.Add(waiting);
        if (_read is null)
        {
            Start(time);
        }
    }

    public void Handle(in XSelectionEvent notify)
    {
        _read?.Handle(notify);
        Settle();
    }

    public void Handle(in XPropertyEvent changed)
    {
        _read?.Handle(changed);
        Settle();
    }

    public void HandleTimeout()
    {
        if (_read is not null && timing.Now >= _read.Deadline)
        {
            _read.HandleTimeout();
            Settle();
        }
    }

    public void Dispose()
    {
        Drop();
        Answer(null);
    }

    private void Start(nint time)
    {
        Drop();
        _read = new IncomingRead(connection, targets, time, timing);
    }

    private void Drop()
    {
        _read?.Dispose();
        _read = null;
        _reports = false;
    }

    private void Settle()
    {
        if (_read?.Result is not { } result)
        {
            return;
        }
        var reports = _reports;
        Drop();
        if (reports)
        {
            report(result);
        }
        Answer(result);
    }

    private void Answer(Snapshot? snapshot)
    {
        foreach (var waiting in _waiting)
        {
            waiting.TrySetResult(snapshot);
        }
        _waiting.Clear();
    }
}
