namespace Toss.Quic.Connections;

/// <summary>What happened to a connection, in numbers that only grow.</summary>
internal sealed class ConnectionCounters
{
    public long DatagramsReceived { get; set; }

    public long BytesReceived { get; set; }

    public long DatagramsSent { get; set; }

    public long BytesSent { get; set; }

    public long PacketsReceived { get; set; }

    public long PacketsSent { get; set; }

    /// <summary>Packets that were not authentic, doubled, or for no keys of ours.</summary>
    public long PacketsDropped { get; set; }

    public long Probes { get; set; }

    public long Retries { get; set; }

    public long PathsValidated { get; set; }

    public long PathsFailed { get; set; }

    public long Migrations { get; set; }

    /// <summary>ACK frames received that counted marked packets.</summary>
    public long EcnReports { get; set; }

    public long DatagramFramesReceived { get; set; }

    public long DatagramFramesSent { get; set; }

    public long DatagramFramesLost { get; set; }
}
