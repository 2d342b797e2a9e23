namespace Toss.Quic.Recovery;

/// <summary>
/// The packets of one number space: a ring by packet number. It keeps lost ones for a while, to know a spurious loss, and
/// the latest skipped numbers, to know a peer that acknowledges what it never received (RFC 9000 §21.4).
/// </summary>
internal sealed class SentPackets
{
    private const int SkippedKept = 32;

    // Of a handshake, and of a connection at rest, of which there may be thousands.
    private const int FirstRoom = 8;

    private readonly List<long> _skipped = [];
    private SentPacket[] _ring = new SentPacket[FirstRoom];
    private int _skippedAt;

    /// <summary>The smallest number still held; all below are settled.</summary>
    public long First { get; private set; }

    /// <summary>The number of the next packet.</summary>
    public long Next { get; private set; }

    public bool IsSkipped(long start, long end)
    {
        foreach (var number in _skipped)
        {
            if (number >= start && number < end)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Never to be sent: whoever acknowledges it lies.</summary>
    public long Skip()
    {
        ref var slot = ref Take();
        if (_skipped.Count < SkippedKept)
        {
            _skipped.Add(slot.Number);
        }
        else
        {
            _skipped[_skippedAt] = slot.Number;
            _skippedAt = (_skippedAt + 1) % SkippedKept;
        }
        return slot.Number;
    }

    /// <summary>The slot of the next number, cleared; valid until the next one is taken.</summary>
    public ref SentPacket Take()
    {
        if (Next - First == _ring.Length)
        {
            Grow();
        }
        ref var slot = ref this[Next];
        slot = new SentPacket { Number = Next, Frames = FramePool.None };
        Next++;
        return ref slot;
    }

    /// <summary>A number from <see cref="First"/> up to, and without, <see cref="Next"/>.</summary>
    public ref SentPacket this[long number] => ref _ring[(int)(number & (_ring.Length - 1))];

    /// <summary>Forgets settled numbers at the beginning; lost ones only if sent before <paramref name="lostBefore"/>.</summary>
    public void Forget(Instant lostBefore)
    {
        while (First < Next)
        {
            ref var packet = ref this[First];
            if (
                packet.State == SentState.Outstanding
                || (packet.State == SentState.Lost && packet.SentAt >= lostBefore)
            )
            {
                return;
            }
            First++;
        }
    }

    private void Grow()
    {
        var larger = new SentPacket[_ring.Length * 2];
        for (var number = First; number < Next; number++)
        {
            larger[(int)(number & (larger.Length - 1))] = this[number];
        }
        _ring = larger;
    }
}
