using System.Diagnostics.CodeAnalysis;

namespace Toss.Quic.Streams;

/// <summary>
/// Whose turn it is to send: the most urgent priority first, and within one each stream a frame in turn. Streams that only
/// the connection's credit holds up wait apart.
/// </summary>
internal sealed class StreamSchedule
{
    private readonly Queue<StreamEntry>[] _queues =
    [
        .. Enumerable.Range(0, StreamSet.Priorities).Select(_ => new Queue<StreamEntry>()),
    ];
    private readonly List<StreamEntry> _waiting = [];

    /// <summary>Adds a stream that has something to send; nothing happens if it is there.</summary>
    public void Add(StreamEntry entry)
    {
        if (!entry.IsScheduled && entry.Send is { HasWork: true })
        {
            entry.IsScheduled = true;
            _queues[entry.Priority].Enqueue(entry);
        }
    }

    /// <summary>Whose turn it is; it stays the first.</summary>
    public bool TryPeek([NotNullWhen(true)] out StreamEntry? entry)
    {
        for (var priority = 0; priority < _queues.Length; priority++)
        {
            while (_queues[priority].TryPeek(out entry))
            {
                if (entry.Send is { HasWork: true })
                {
                    return true;
                }
                // It was reset or acknowledged meanwhile.
                Remove(entry);
            }
        }
        entry = null;
        return false;
    }

    /// <summary>The first had its turn; it goes to the end if it has more.</summary>
    public void Turn(StreamEntry first)
    {
        if (_queues[first.Priority].Count == 1 && first.Send is { HasWork: true })
        {
            return; // alone: its turn again
        }
        Remove(first);
        Add(first);
    }

    /// <summary>The first has no credit of its own; who raises it adds the stream again.</summary>
    public void Park(StreamEntry first) => Remove(first);

    /// <summary>The first waits for the connection's credit. It counts as scheduled.</summary>
    public void Wait(StreamEntry first)
    {
        _ = _queues[first.Priority].Dequeue();
        _waiting.Add(first);
    }

    /// <summary>A waiting stream has something that needs no credit.</summary>
    public void Hurry(StreamEntry entry)
    {
        if (entry.IsScheduled && _waiting.Remove(entry))
        {
            entry.IsScheduled = false;
        }
        Add(entry);
    }

    /// <summary>Changes a stream's priority; it goes to the end of its new queue.</summary>
    public void Move(StreamEntry entry, int priority)
    {
        var queue = _queues[entry.Priority];
        entry.Priority = priority;
        for (var left = entry.IsScheduled ? queue.Count : 0; left > 0; left--)
        {
            var next = queue.Dequeue();
            (next == entry ? _queues[priority] : queue).Enqueue(next);
        }
    }

    /// <summary>The connection has credit again.</summary>
    public void Resume()
    {
        foreach (var entry in _waiting)
        {
            entry.IsScheduled = false;
            Add(entry);
        }
        _waiting.Clear();
    }

    private void Remove(StreamEntry first)
    {
        _ = _queues[first.Priority].Dequeue();
        first.IsScheduled = false;
    }
}
