namespace Toss.Quic.Recovery;

/// <summary>The frames of all packets in flight: linked lists in one array, so that a packet costs no allocation.</summary>
internal sealed class FramePool
{
    public const int None = -1;

    private PooledFrame[] _nodes = new PooledFrame[64];
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
            _free = _nodes[at].Next;
        }
        else
        {
            if (_used == _nodes.Length)
            {
                Array.Resize(ref _nodes, _used * 2);
            }
            at = _used++;
        }
        _nodes[at] = new PooledFrame { Frame = frame, Next = head };
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
        ref var node = ref _nodes[head];
        frame = node.Frame;
        var next = node.Next;
        node.Next = _free;
        _free = head;
        head = next;
        Count--;
        return true;
    }

    public void Free(ref int head)
    {
        while (TryPop(ref head, out _)) { }
    }

    private struct PooledFrame
    {
        public FrameToken Frame;
        public int Next;
    }
}
