namespace Toss.Net.Links;

/// <summary>
/// Knocks that were answered: each opens one handshake, so that who recorded one learns nothing by sending it again. Not
/// thread-safe.
/// </summary>
internal sealed class KnockMemory
{
    /// <summary>Longer than a knock is valid.</summary>
    private static readonly TimeSpan s_kept = TimeSpan.FromHours(3);

    /// <summary>A circle's devices, each dialling for hours every few seconds. Then the oldest may come again, and fail in TLS.</summary>
    private const int Capacity = 16 * 1024;

    private readonly HashSet<UInt128> _seen = [];
    private readonly Queue<(UInt128 Knock, DateTimeOffset At)> _order = new();

    /// <summary>True once for each.</summary>
    public bool IsNew(ReadOnlySpan<byte> knock, DateTimeOffset now)
    {
        while (_order.TryPeek(out var oldest) && (_order.Count >= Capacity || now - oldest.At > s_kept))
        {
            _seen.Remove(oldest.Knock);
            _order.Dequeue();
        }
        // Its last 16 bytes: 4 random ones and the tag over all.
        var key = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(knock[^16..]);
        if (!_seen.Add(key))
        {
            return false;
        }
        _order.Enqueue((key, now));
        return true;
    }
}
