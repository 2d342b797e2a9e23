using System.Buffers;

namespace Toss.Quic.Connections;

/// <summary>DATAGRAM frames that wait (RFC 9221): a bounded queue that drops the oldest, in rented memory.</summary>
/// <param name="capacity">Bytes.</param>
internal sealed class DatagramQueue(int capacity)
{
    // Small ones cost memory too.
    private const int Overhead = 64;

    private readonly Queue<(byte[] Bytes, int Length)> _waiting = new();
    private int _held;

    public bool IsEmpty => _waiting.Count == 0;

    /// <summary>How many were dropped for want of room.</summary>
    public long Dropped { get; private set; }

    public void Add(ReadOnlySpan<byte> data)
    {
        if (data.Length + Overhead > capacity)
        {
            Dropped++;
            return;
        }
        while (_held + data.Length + Overhead > capacity)
        {
            Take();
            Dropped++;
        }
        var rented = ArrayPool<byte>.Shared.Rent(Math.Max(data.Length, 1));
        data.CopyTo(rented);
        _waiting.Enqueue((rented, data.Length));
        _held += data.Length + Overhead;
    }

    /// <summary>The oldest; good until it is taken.</summary>
    public bool TryPeek(out ReadOnlySpan<byte> data)
    {
        var has = _waiting.TryPeek(out var first);
        data = has ? first.Bytes.AsSpan(0, first.Length) : default;
        return has;
    }

    public void Take()
    {
        var (bytes, length) = _waiting.Dequeue();
        _held -= length + Overhead;
        ArrayPool<byte>.Shared.Return(bytes);
    }

    public void Clear()
    {
        while (!IsEmpty)
        {
            Take();
        }
    }
}
