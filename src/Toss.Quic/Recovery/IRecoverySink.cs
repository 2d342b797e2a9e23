namespace Toss.Quic.Recovery;

/// <summary>Told, frame by frame, what became of sent packets. It must not call back into recovery.</summary>
internal interface IRecoverySink
{
    void OnAcknowledged(PacketSpace space, in FrameToken frame);

    void OnLost(PacketSpace space, in FrameToken frame);

    /// <summary>A whole packet; its frames follow.</summary>
    /// <param name="isByOrder">By the packet threshold, else by time (RFC 9002 §6.1).</param>
    void OnPacketLost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder);

    /// <summary>
    /// Sent, and neither acknowledged nor lost: a probe should carry it again, so that it need not wait for the loss to be
    /// known (RFC 9002 §6.2.4). One of the others still follows.
    /// </summary>
    void OnProbed(PacketSpace space, in FrameToken frame);
}
