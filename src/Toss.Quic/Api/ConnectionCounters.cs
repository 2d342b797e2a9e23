namespace Toss.Quic;

/// <summary>What happened to a connection, in numbers that only grow.</summary>
public sealed record ConnectionCounters
{
    public long DatagramsReceived { get; internal set; }

    public long BytesReceived { get; internal set; }

    public long DatagramsSent { get; internal set; }

    public long BytesSent { get; internal set; }

    public long PacketsReceived { get; internal set; }

    public long PacketsSent { get; internal set; }

    /// <summary>Packets that were not authentic, doubled, or for no keys of ours.</summary>
    public long PacketsDropped { get; internal set; }

    /// <summary>Packets of ours that were taken for lost, without those that only tried how large packets may be.</summary>
    public long PacketsLost { get; internal set; }

    /// <summary>Of those, packets that were acknowledged later all the same.</summary>
    public long PacketsLate { get; internal set; }

    public long Probes { get; internal set; }

    public long Retries { get; internal set; }

    public long PathsValidated { get; internal set; }

    public long PathsFailed { get; internal set; }

    public long Migrations { get; internal set; }

    /// <summary>ACK frames received that counted marked packets.</summary>
    public long EcnReports { get; internal set; }

    /// <summary>Packets that came with a mark of ECN, whichever.</summary>
    public long MarkedReceived { get; internal set; }

    public long DatagramFramesReceived { get; internal set; }

    public long DatagramFramesSent { get; internal set; }

    public long DatagramFramesLost { get; internal set; }
}
