using Toss.Quic.Collections;

namespace Toss.Quic.Streams;

/// <summary>
/// Puts the bytes of a stream in order. Each is copied once into a block and once out; flow control, checked by the caller,
/// bounds how far ahead of the reader they can be.
/// </summary>
internal sealed class ReceiveBuffer(BlockPool pool)
{
    /// <summary>
    /// More pieces with gaps between them than this are an attack on our memory and time: at 1,200 bytes a packet it would
    /// take 2,400 kB in flight with every second packet lost.
    /// </summary>
    public const int MaxPieces = 1000;

    private readonly BlockBuffer _bytes = new(pool);
    private readonly RangeSet _received = new();

    /// <summary>How far the reader came.</summary>
    public long Start { get; private set; }

    /// <summary>The end of the furthest byte received, or skipped by a reset.</summary>
    public long Highest { get; private set; }

    /// <summary>-1 while it is not known.</summary>
    public long FinalSize { get; private set; } = -1;

    /// <summary>Bytes that can be read now.</summary>
    public long Readable => _received.Count > 0 && _received.Smallest == Start ? _received.Ranges[0].End - Start : 0;

    /// <summary>All bytes up to the known end are here or were read.</summary>
    public bool IsWhole => FinalSize >= 0 && Start + Readable == FinalSize;

    public bool IsRead => Start == FinalSize;

    /// <summary>RFC 9000 §4.5: the end never moves, and nothing is beyond it.</summary>
    public TransportErrorCode CheckSize(long end, bool fin)
    {
        if (FinalSize >= 0 ? end > FinalSize || (fin && end != FinalSize) : fin && end < Highest)
        {
            return TransportErrorCode.FinalSizeError;
        }
        return TransportErrorCode.NoError;
    }

    /// <summary>Takes sizes that <see cref="CheckSize"/> found right, without bytes.</summary>
    public void Note(long end, bool fin)
    {
        Highest = Math.Max(Highest, end);
        if (fin)
        {
            FinalSize = end;
        }
    }

    /// <summary>Takes bytes whose end was noted.</summary>
    public TransportErrorCode Insert(long offset, ReadOnlySpan<byte> data)
    {
        if (offset < Start)
        {
            data = data[(int)Math.Min(Start - offset, data.Length)..];
            offset = Start;
        }
        var end = offset + data.Length;
        if (_received.Covers(offset, end))
        {
            return TransportErrorCode.NoError;
        }
        _received.Add(offset, end);
        if (_received.Count > MaxPieces)
        {
            return TransportErrorCode.InternalError;
        }
        _bytes.Write(offset, data);
        return TransportErrorCode.NoError;
    }

    /// <returns>How many bytes were read.</returns>
    public int Read(Span<byte> into)
    {
        var length = (int)Math.Min(into.Length, Readable);
        _bytes.Read(Start, into[..length]);
        _received.Remove(Start, Start + length);
        Start += length;
        if (_received.IsEmpty)
        {
            _bytes.Restart(Start);
        }
        else
        {
            _bytes.ReleaseBefore(Start);
        }
        return length;
    }

    /// <summary>Forgets all bytes.</summary>
    /// <returns>How many will never be read, of those up to the highest.</returns>
    public long Drop()
    {
        var unread = Highest - Start;
        Start = Highest;
        _received.Clear();
        _bytes.Restart(Start);
        return unread;
    }
}
