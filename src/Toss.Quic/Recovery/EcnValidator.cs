using Toss.Quic.Wire;

namespace Toss.Quic.Recovery;

internal enum EcnState
{
    Testing,
    Unknown,
    Capable,
    Failed,
}

/// <summary>Whether one path carries ECN marks (RFC 9000 §13.4.2, §A.4).</summary>
internal sealed class EcnValidator
{
    /// <summary>Packets marked before the outcome is waited for.</summary>
    public const int TestPackets = 10;

    private const int MaxSilences = 2;

    private readonly EcnCounts[] _last = new EcnCounts[3];
    private readonly long[] _marked = new long[3];
    private int _testing;
    private int _testLost;
    private int _silences;

    public EcnState State { get; private set; }

    /// <summary>How to mark the next packet.</summary>
    public EcnMark Mark => State is EcnState.Testing or EcnState.Capable ? EcnMark.Ect0 : EcnMark.NotEct;

    public void OnSent(PacketSpace space, EcnMark mark)
    {
        if (mark == EcnMark.NotEct)
        {
            return;
        }
        _marked[(int)space]++;
        if (State == EcnState.Testing && ++_testing >= TestPackets)
        {
            State = EcnState.Unknown;
        }
    }

    /// <summary>All marked packets of the test lost: marks are what the path drops.</summary>
    public void OnLost(EcnMark mark)
    {
        if (mark == EcnMark.NotEct || State is not (EcnState.Testing or EcnState.Unknown))
        {
            return;
        }
        _testLost++;
        if (_testLost >= TestPackets)
        {
            State = EcnState.Failed;
        }
    }

    /// <summary>
    /// A probe time-out before the outcome is known: it may be the marks that do not get through, and each further one
    /// would take twice as long.
    /// </summary>
    public void OnProbeTimeout()
    {
        if (State is EcnState.Testing or EcnState.Unknown && ++_silences >= MaxSilences)
        {
            State = EcnState.Failed;
        }
    }

    /// <summary>
    /// An ACK that raised the largest acknowledged number. Returns how many packets were marked CE that were not before,
    /// if the counts can be believed.
    /// </summary>
    /// <param name="newlyMarked">Packets that it newly acknowledges and that were sent with ECT(0).</param>
    public long OnAck(PacketSpace space, EcnCounts? reported, int newlyMarked)
    {
        if (State == EcnState.Failed)
        {
            return 0;
        }
        if (reported is not { } counts)
        {
            // No counts though marked packets arrived: they are erased, or the peer cannot see them.
            State = newlyMarked > 0 ? EcnState.Failed : State;
            return 0;
        }
        ref var last = ref _last[(int)space];
        var ect0 = counts.Ect0 - last.Ect0;
        var ect1 = counts.Ect1 - last.Ect1;
        var ce = counts.Ce - last.Ce;
        // Ranges are 62-bit numbers: no sum overflows. ECT(1) is never sent, so any is a mark that the path changed.
        if (ect0 < 0 || ect1 != 0 || ce < 0 || ect0 + ce < newlyMarked || counts.Ect0 + counts.Ce > _marked[(int)space])
        {
            State = EcnState.Failed;
            return 0;
        }
        last = counts;
        if (newlyMarked > 0)
        {
            State = EcnState.Capable;
        }
        return ce;
    }
}
