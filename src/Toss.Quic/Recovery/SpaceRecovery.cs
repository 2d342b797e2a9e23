namespace Toss.Quic.Recovery;

/// <summary>The state of loss detection in one packet number space (RFC 9002 §A.3).</summary>
internal sealed class SpaceRecovery
{
    public SentPackets Sent { get; } = new();

    public long LargestAcked { get; set; } = -1;

    public Instant LossTime { get; set; } = Instant.Never;

    public Instant LastAckElicitingAt { get; set; }

    public int AckElicitingInFlight { get; set; }

    public bool Discarded { get; set; }
}
