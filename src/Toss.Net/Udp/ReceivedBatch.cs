using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// Datagrams of one sender that arrived together, back to back in the socket's own buffer: all of
/// <see cref="SegmentSize"/> bytes but for the last, which may be shorter. May be changed in place (packets are opened
/// where they lie); valid until the socket receives again.
/// </summary>
/// <param name="bytes">All of them. Empty if one empty datagram came.</param>
/// <param name="segmentSize">Size of each datagram but the last.</param>
/// <param name="ecn">The two ECN bits that all of them carry (RFC 3168 §5).</param>
/// <param name="from">Who sent them, by the socket's carrier number.</param>
internal readonly ref struct ReceivedBatch(Span<byte> bytes, int segmentSize, byte ecn, NetworkPath from)
{
    public Span<byte> Bytes { get; } = bytes;

    public int SegmentSize { get; } = segmentSize;

    public byte Ecn { get; } = ecn;

    public NetworkPath From { get; } = from;

    /// <summary>How many datagrams these are.</summary>
    public int Count => Bytes.IsEmpty ? 0 : (Bytes.Length + SegmentSize - 1) / SegmentSize;

    /// <summary>One of the datagrams.</summary>
    public Span<byte> this[int index]
    {
        get
        {
            var rest = Bytes[(index * SegmentSize)..];
            return rest.Length > SegmentSize ? rest[..SegmentSize] : rest;
        }
    }
}
