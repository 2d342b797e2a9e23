using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Congestion;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;

namespace Toss.Tests.Quic.Recovery;

internal sealed class RecordingSink : IRecoverySink
{
    public List<long> Acknowledged { get; } = [];

    public List<long> Lost { get; } = [];

    public void OnAcknowledged(PacketSpace space, in FrameToken frame) => Acknowledged.Add(frame.Id);

    public void OnPacketLost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder) { }

    public void OnLost(PacketSpace space, in FrameToken frame) => Lost.Add(frame.Id);

    public List<long> Probed { get; } = [];

    public void OnProbed(PacketSpace space, in FrameToken frame) => Probed.Add(frame.Id);
}

/// <summary>A connection's recovery with a clock in milliseconds and one frame a packet, named by the packet's number.</summary>
internal sealed class Bench
{
    public const int Datagram = 1200;

    public Bench(bool isClient = true, bool confirmed = true)
    {
        Path = new RecoveryPath(Controller, Datagram);
        Loss = new LossDetection(isClient, Sink, Path);
        if (confirmed)
        {
            Loss.OnHandshakeConfirmed(At(0));
        }
    }

    public RecordingSink Sink { get; } = new();

    public NewReno Controller { get; } = new(Datagram);

    public RecoveryPath Path { get; }

    public LossDetection Loss { get; }

    public static Instant At(double milliseconds) =>
        new Instant(TimeSpan.TicksPerDay) + TimeSpan.FromMilliseconds(milliseconds);

    public double Deadline =>
        Loss.Deadline == Instant.Never ? double.PositiveInfinity : (Loss.Deadline - At(0)).TotalMilliseconds;

    public void Send(
        double at,
        int count = 1,
        PacketSpace space = PacketSpace.Application,
        bool eliciting = true,
        EcnMark ecn = EcnMark.NotEct
    )
    {
        for (; count > 0; count--)
        {
            var number = Loss.NextNumber(space);
            var packet = new OutgoingPacket(0, Datagram, eliciting, eliciting, ecn);
            Loss.OnSent(space, packet, [new FrameToken(1, number, 0, 0, false)], At(at));
        }
    }

    public AckVerdict Ack(
        double at,
        long start,
        long end,
        PacketSpace space = PacketSpace.Application,
        double delay = 0,
        EcnCounts? ecn = null
    ) => Loss.OnAck(space, [new RangeSet.Range(start, end)], TimeSpan.FromMilliseconds(delay), ecn, At(at));
}
