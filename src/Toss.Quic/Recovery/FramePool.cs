namespace Toss.Quic.Recovery;

/// <summary>The frames of all packets in flight: linked lists in one array, so that a packet costs no allocation.</summary>
internal sealed class FramePool
{
    public const int None = -1;

    // A connection at rest has no more in flight.
    private const int FirstRoom = 8;

    private Entry[] _entries = new Entry[FirstRoom];
    private int _used;
    private int _free = None;

    /// <summary>Lists in use hold this many frames together.</summary>
    public int Count { get; private set; }

    /// <summary>Puts a frame before the list <paramref name="head"/>; returns the new head.</summary>
    public int Push(int head, in FrameToken frame)
    {
        int at;
        if (_free != None)
        {
            at = _free;
            _free = _entries[at].Next;
        }
        else
        {
            if (_used == _entries.Length)
            {
                Array.Resize(ref _entries, _used * 2);
            }
            at = _used++;
        }
        _entries[at] = new Entry { Frame = frame, Next = head };
        Count++;
        return at;
    }

    /// <summary>Takes the first frame off a list and frees its place.</summary>
    public bool TryPop(ref int head, out FrameToken frame)
    {
        if (head == None)
        {
            frame = default;
            return false;
        }
        ref var entry = ref _entries[head];
        frame = entry.Frame;
        var next = entry.Next;
        entry.Next = _free;
        _free = head;
        head = next;
        Count--;
        return true;
    }

    /// <summary>The first frame of a list, which stays; <paramref name="at"/> becomes the rest.</summary>
    public bool TryPeek(ref int at, out FrameToken frame)
    {
        if (at == None)
        {
            frame = default;
            return false;
        }
        frame = _entries[at].Frame;
        at = _entries[at].Next;
        return true;
    }

    public void Free(ref int head)
    {
        while (TryPop(ref head, out _)) { }
    }

    private struct Entry
    {
        public FrameToken Frame;
        public int Next;
    }
}
