using Toss.Quic.Recovery;

namespace Toss.Quic.Connections;

/// <summary>
/// Looks for the largest datagram that one path carries (RFC 9000 §14.3, RFC 8899 §5.2): the largest allowed first, which
/// most paths carry, then by halves. A path that loses all large packets is back at the smallest.
/// </summary>
internal sealed class PathMtu
{
    /// <summary>MAX_PROBES (RFC 8899 §5.1.2): so many losses are no accident.</summary>
    public const int MaxProbes = 3;

    /// <summary>Nearer than this is near enough.</summary>
    private const int Precision = 16;

    /// <summary>Large packets lost in a row, none acknowledged: the path has shrunk (RFC 8899 §4.3).</summary>
    private const int BlackHole = 6;

    // PMTU_RAISE_TIMER (RFC 8899 §5.1.1).
    private static readonly TimeSpan s_raiseAfter = TimeSpan.FromMinutes(10);

    private int _largest;
    private int _fails;
    private int _probing;
    private int _lost;
    private Instant _raiseAt = Instant.Never;

    public PathMtu(int largest) => LimitTo(largest);

    /// <summary>UDP payload that the path is known to carry.</summary>
    public int Current { get; private set; } = LossDetection.SmallestPath;

    /// <summary>No more than this is tried; before the first probe.</summary>
    public void LimitTo(int largest) => (_largest, _fails) = (largest, largest + 1);

    /// <summary>The size of the next probe; 0 if none is due.</summary>
    public int NextProbe(Instant now)
    {
        if (_probing != 0)
        {
            return 0;
        }
        if (now >= _raiseAt)
        {
            (_fails, _raiseAt) = (_largest + 1, Instant.Never);
        }
        if (_fails - Current <= Precision && _fails <= _largest)
        {
            return 0;
        }
        return Current >= _largest ? 0
            : _fails > _largest ? _largest
            : (Current + _fails) / 2;
    }

    public void OnProbeSent(int size) => _probing = size;

    public void OnProbeAcked(int size)
    {
        Current = Math.Max(Current, size);
        (_probing, _lost) = (0, 0);
    }

    public void OnProbeLost(int size, Instant now)
    {
        _probing = 0;
        if (size <= Current || ++_lost < MaxProbes)
        {
            return;
        }
        _lost = 0;
        _fails = Math.Min(_fails, size);
        if (_fails - Current <= Precision)
        {
            _raiseAt = now + s_raiseAfter;
        }
    }

    /// <summary>The link itself says that so much does not fit (EMSGSIZE), or what was sent there did not arrive.</summary>
    public void OnTooLarge(int size, Instant now)
    {
        if (size <= LossDetection.SmallestPath)
        {
            return;
        }
        _fails = Math.Min(_fails, size);
        if (Current >= size)
        {
            Current = LossDetection.SmallestPath;
        }
        (_probing, _lost, _raiseAt) = (0, 0, now + s_raiseAfter);
    }

    /// <returns>Whether the path is taken to carry no more than the smallest datagrams.</returns>
    public bool CheckBlackHole(int largeLosses, Instant now)
    {
        if (largeLosses < BlackHole || Current == LossDetection.SmallestPath)
        {
            return false;
        }
        OnTooLarge(Current, now);
        return true;
    }
}
