using Toss.Core.Clips;

namespace Toss.Platform.Clipboards;

/// <summary>
/// What other owners have: one read at a time, always of the newest owner. A read that a newer owner overtakes is dropped,
/// and those who waited for it get the newer one.
/// </summary>
internal sealed class SelectionReader<TRead>(ClipboardTiming timing, Action<Snapshot> report) : IDisposable
    where TRead : class, IContentRead
{
    private readonly List<TaskCompletionSource<Snapshot?>> _waiting = [];
    private bool _reports;
    private bool _isEmptied;

    // What the owner has, if that is large: it is read once.
    private Snapshot? _large;

    /// <summary>The read under way, to hand events to; <see cref="Settle"/> afterwards.</summary>
    public TRead? Read { get; private set; }

    /// <summary>The user copied and the agent does not know yet.</summary>
    public bool IsReadingChange => Read is not null && _reports;

    public TimeSpan? Deadline => Read?.Deadline;

    /// <summary>Somebody took the clipboard; this reads what it has.</summary>
    public void HandleChange(TRead read)
    {
        _large = null;
        Start(read);
        _reports = true;
        Settle();
    }

    /// <summary>The clipboard has no owner any more: it was emptied, or its owner is gone.</summary>
    public void HandleEmptied(bool byUs)
    {
        Read?.HandleSourceGone();
        Settle();
        if (IsReadingChange)
        {
            // All of it came, and is on its way to the disk: it was copied before it went.
            _isEmptied = !byUs;
            return;
        }
        _large = null;
        Answer(null);
        if (!byUs)
        {
            report(Snapshot.Cleared);
        }
    }

    /// <summary>We took the clipboard: nobody else's content matters.</summary>
    public void HandleOurs(Snapshot? ours)
    {
        _large = null;
        Drop();
        Answer(ours);
    }

    /// <summary>Somebody wants to know what the owner has; joins a read that is under way.</summary>
    public void Join(TaskCompletionSource<Snapshot?> waiting, Func<TRead> read)
    {
        if (Read is null && _large?.Representations.All(one => one.Promise?.IsHere != false) == true)
        {
            waiting.TrySetResult(_large);
            return;
        }
        _waiting.Add(waiting);
        if (Read is null)
        {
            Start(read());
            Settle();
        }
    }

    /// <summary>After events: a read that is over is reported and answered.</summary>
    public void Settle()
    {
        if (Read?.Result is not { } result)
        {
            return;
        }
        var (reports, isEmptied) = (_reports, _isEmptied);
        Read.HandOver();
        Drop();
        if (reports)
        {
            _large = result.Representations.Any(one => one.Promise is not null) ? result : null;
            report(result);
        }
        Answer(result);
        if (isEmptied)
        {
            _large = null;
            report(Snapshot.Cleared);
        }
    }

    public void HandleRoom()
    {
        Read?.HandleRoom();
        Settle();
    }

    public void HandleTimeout()
    {
        if (Read is not null && timing.Now >= Read.Deadline)
        {
            Read.HandleTimeout();
            Settle();
        }
    }

    public void Dispose()
    {
        Drop();
        Answer(null);
    }

    private void Start(TRead read)
    {
        Drop();
        Read = read;
    }

    private void Drop()
    {
        Read?.Dispose();
        Read = null;
        _reports = false;
        _isEmptied = false;
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
