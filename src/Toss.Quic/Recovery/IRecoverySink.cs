namespace Toss.Quic.Recovery;

/// <summary>Told, frame by frame, what became of sent packets. It must not call back into recovery.</summary>
internal interface IRecoverySink
{
    void OnAcknowledged(PacketSpace space, in FrameToken frame);

    void OnLost(PacketSpace space, in FrameToken frame);
}
