namespace Toss.Quic.Connections;

/// <summary>Where a connection stands in its endpoint's queues; only the endpoint looks at it.</summary>
internal sealed class ConnectionScheduling
{
    public bool IsSending { get; set; }

    public bool IsChanged { get; set; }

    /// <summary>The endpoint did what it does when a handshake is confirmed.</summary>
    public bool IsKnownConfirmed { get; set; }

    public Instant TimerAt { get; set; } = Instant.Never;
}
