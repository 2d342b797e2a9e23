namespace Toss.Quic.Streams;

/// <summary>What the peer allows us, bytes or streams, and whether it should hear that this holds us up.</summary>
internal sealed class Allowance
{
    private long _toldLimit = -1;
    private bool _due;

    public long Limit { get; private set; }

    public long Used { get; private set; }

    public long Available => Limit - Used;

    /// <summary>A BLOCKED frame should be sent.</summary>
    public bool IsBlockedDue => _due;

    public void Use(long more) => Used += more;

    /// <returns>Whether this is more than before; less is ignored (RFC 9000 §4.1).</returns>
    public bool Raise(long limit)
    {
        if (limit <= Limit)
        {
            return false;
        }
        Limit = limit;
        _due = false;
        return true;
    }

    /// <summary>We want more than there is. Said once for each limit.</summary>
    public void Blocked() => _due |= _toldLimit != Limit;

    public long TakeBlocked()
    {
        _due = false;
        return _toldLimit = Limit;
    }

    /// <summary>RFC 9000 §13.3: said again only while it is true.</summary>
    public void OnLost(long limit) => _due |= limit == Limit && Available == 0;

    /// <summary>Nothing more is wanted.</summary>
    public void Forget() => (_due, _toldLimit) = (false, Limit);
}
