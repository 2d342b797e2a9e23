using Toss.Quic.Collections;

namespace Toss.Quic.Streams;

/// <summary>A piece of a stream to be sent.</summary>
internal readonly record struct SendChunk(long Offset, int Length, bool Fin);

/// <summary>
/// The bytes a stream has yet to bring over: written, sent, lost, acknowledged. What is acknowledged from the beginning on
/// is released; the rest never exceeds the capacity.
/// </summary>
internal sealed class SendBuffer(BlockPool pool, int capacity)
{
    private readonly BlockBuffer _bytes = new(pool);
    private readonly RangeSet _acked = new();
    private readonly RangeSet _lost = new();
    private bool _finSent;
    private bool _finLost;
    private bool _finAcked;

    /// <summary>Everything before this is acknowledged.</summary>
    public long Start { get; private set; }

    /// <summary>The first byte that was never sent: the final size if the stream were reset now.</summary>
    public long Next { get; private set; }

    public long End { get; private set; }

    public bool IsFinished { get; private set; }

    public int Room => IsFinished ? 0 : (int)(capacity - (End - Start));

    /// <summary>Everything, the end included, was sent at least once.</summary>
    public bool IsAllSent => _finSent;

    public bool IsAllAcked => _finAcked && Start == End;

    /// <summary>Something waits to be sent again; that needs no credit.</summary>
    public bool HasLost => !_lost.IsEmpty || _finLost;

    /// <summary>Bytes that were never sent, which need credit.</summary>
    public bool HasNew => Next < End;

    public bool HasWork => HasLost || HasNew || (IsFinished && !_finSent);

    /// <summary>The offset of what <see cref="TryTake"/> would give.</summary>
    public long NextOffset => _lost.IsEmpty ? Next : _lost.Smallest;

    /// <returns>How many bytes were taken: as many as there is room for.</returns>
    public int Append(ReadOnlySpan<byte> data)
    {
        var taken = Math.Min(data.Length, Room);
        _bytes.Write(End, data[..taken]);
        End += taken;
        return taken;
    }

    /// <summary>No more bytes will come.</summary>
    public void Finish() => IsFinished = true;

    /// <summary>The next piece: what was lost first, then new bytes as far as <paramref name="credit"/> goes.</summary>
    public bool TryTake(int maxLength, long credit, out SendChunk chunk)
    {
        var (offset, length) = (Next, 0);
        if (!_lost.IsEmpty)
        {
            var lost = _lost.Ranges[0];
            (offset, length) = (lost.Start, (int)Math.Min(lost.Length, maxLength));
            _lost.Remove(offset, offset + length);
        }
        else
        {
            length = (int)Math.Max(0, Math.Min(Math.Min(End - Next, maxLength), credit));
            Next += length;
        }
        var fin = IsFinished && offset + length == End && (!_finSent || _finLost || length > 0);
        chunk = new SendChunk(offset, length, fin);
        if (fin)
        {
            (_finSent, _finLost) = (true, false);
        }
        return length > 0 || fin;
    }

    public void Read(long offset, Span<byte> into) => _bytes.Read(offset, into);

    public void Acked(long offset, int length, bool fin)
    {
        if (fin)
        {
            (_finAcked, _finLost) = (true, false);
        }
        var end = offset + length;
        _lost.Remove(offset, end);
        if (offset > Start)
        {
            _acked.Add(offset, end);
            return;
        }
        if (end <= Start)
        {
            return;
        }
        _acked.Add(Start, end);
        Start = _acked.Ranges[0].End;
        _acked.Remove(0, Start);
        if (Start == End)
        {
            _bytes.Restart(Start);
        }
        else
        {
            _bytes.ReleaseBefore(Start);
        }
    }

    public void Lost(long offset, int length, bool fin)
    {
        _finLost |= fin && !_finAcked;
        var (start, end) = (Math.Max(offset, Start), offset + length);
        if (start >= end)
        {
            return;
        }
        _lost.Add(start, end);
        // Another copy may have arrived.
        foreach (var acked in _acked.Ranges)
        {
            if (acked.Start >= end)
            {
                break;
            }
            _lost.Remove(acked.Start, acked.End);
        }
    }

    /// <summary>The stream was reset: nothing of it will be sent again.</summary>
    public void Drop()
    {
        _bytes.Restart(End);
        _lost.Clear();
        _acked.Clear();
        (Start, End, IsFinished) = (Next, Next, true);
        (_finSent, _finLost) = (true, false);
    }
}
