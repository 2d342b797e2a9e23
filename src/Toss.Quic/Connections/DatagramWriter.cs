using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;

namespace Toss.Quic.Connections;

/// <summary>A packet that is written, and not yet sealed: its place in the datagram, and what recovery will be told.</summary>
internal struct OpenPacket
{
    public PacketSpace Space;
    public int Start;
    public int HeaderSize;
    public int NumberLength;
    public long Number;
    public int FramesLength;
    public int FirstToken;
    public int Tokens;
    public bool AckEliciting;
    public bool InFlight;
    public bool IsMtuProbe;
}

/// <summary>
/// One datagram while it is written. Its packets, one for each level at most (RFC 9000 §12.2), are sealed only when all are
/// known, because padding belongs in the last of them.
/// </summary>
internal ref struct DatagramWriter(Span<byte> space)
{
    private Packets _packets;

    [InlineArray(3)]
    private struct Packets
    {
        private OpenPacket _first;
    }

    public Span<byte> Space { get; } = space;

    /// <summary>Packets written.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of them, tags included.</summary>
    public int Length { get; private set; }

    public readonly Span<byte> Rest => Space[Length..];

    [UnscopedRef]
    public ref OpenPacket this[int at] => ref _packets[at];

    /// <summary>The packet at the beginning of <see cref="Rest"/> is whole.</summary>
    public void Add(in OpenPacket packet)
    {
        _packets[Count] = packet;
        _packets[Count].Start = Length;
        Length += packet.HeaderSize + packet.FramesLength + PacketAead.TagSize;
        Count++;
    }

    /// <summary>Lengthens the last packet by PADDING frames, so that the datagram has this size (RFC 9000 §14.1).</summary>
    public void PadTo(int size)
    {
        var missing = Math.Min(size, Space.Length) - Length;
        if (missing <= 0 || Count == 0)
        {
            return;
        }
        ref var last = ref _packets[Count - 1];
        Space.Slice(last.Start + last.HeaderSize + last.FramesLength, missing).Clear();
        last.FramesLength += missing;
        // RFC 9002 §2: padding makes it count.
        last.InFlight = true;
        Length += missing;
    }
}
