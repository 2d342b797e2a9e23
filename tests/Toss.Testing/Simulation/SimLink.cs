namespace Toss.Testing.Simulation;

/// <summary>
/// What lies between two nodes, each way by itself. Streams feel delay and jitter only, since TCP makes good the rest;
/// datagrams feel all of it.
/// </summary>
public sealed record SimLink
{
    /// <summary>One way, at least.</summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>On top of it, evenly spread. It delays and keeps the order; <see cref="Reordering"/> breaks it.</summary>
    public TimeSpan Jitter { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How many datagrams of one get lost: 0 to 1.</summary>
    public double Loss { get; init; }

    /// <summary>How many arrive twice.</summary>
    public double Duplication { get; init; }

    /// <summary>How many may be overtaken by those that follow.</summary>
    public double Reordering { get; init; }

    /// <summary>How much later, at most, a datagram is that may be overtaken.</summary>
    public TimeSpan ReorderedBy { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Bytes of the largest IP packet that passes, headers included. Larger ones vanish: nobody is told.</summary>
    public int Mtu { get; init; } = 1500;

    /// <summary>Bytes that pass in a second; null for as many as there are.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>How long datagrams queue before a slow link; what would have to wait longer is dropped.</summary>
    public TimeSpan Queue { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// What has to queue longer than this is marked CE if its sender knows ECN (RFC 3168 §5), and queues as ever if not;
    /// null for a link that never marks.
    /// </summary>
    public TimeSpan? MarksAbove { get; init; }

    /// <summary>Every mark is gone behind this link, as behind routers that clear the whole octet (RFC 9000 §13.4.2).</summary>
    public bool BleachesEcn { get; init; }

    /// <summary>Whatever bears a mark vanishes.</summary>
    public bool DropsEcn { get; init; }
}
