namespace Toss.Quic.Congestion;

/// <summary>What was delivered and lost when a packet was sent (BBR draft, "Delivery Rate Samples").</summary>
internal struct DeliverySnapshot
{
    public long Delivered;
    public long Lost;
    public long InFlight;
    public Instant DeliveredAt;
    public Instant FirstSentAt;
    public bool AppLimited;
}
