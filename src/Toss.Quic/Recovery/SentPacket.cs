using Toss.Quic.Congestion;

namespace Toss.Quic.Recovery;

/// <summary>What became of a packet number.</summary>
internal enum SentState : byte
{
    /// <summary>Skipped on purpose, or already forgotten.</summary>
    None,
    Outstanding,
    Acknowledged,
    Lost,
}

/// <summary>A packet that was sent (RFC 9002 §A.1.1). A slot of <see cref="SentPackets"/>.</summary>
internal struct SentPacket
{
    public long Number;
    public Instant SentAt;
    public int Bytes;
    public int PathId;

    /// <summary>Head of its list in the <see cref="FramePool"/>.</summary>
    public int Frames;
    public SentState State;
    public EcnMark Ecn;
    public bool AckEliciting;
    public bool InFlight;

    /// <summary>Larger than the path is known to carry: its loss says nothing of congestion (RFC 9000 §14.4).</summary>
    public bool IsMtuProbe;

    /// <summary>What the congestion controller wrote down when it was sent.</summary>
    public DeliverySnapshot Delivery;
}
