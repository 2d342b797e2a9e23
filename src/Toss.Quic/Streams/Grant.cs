namespace Toss.Quic.Streams;

/// <summary>
/// What we allow the peer, bytes or streams: a window that moves on as it is consumed, told anew at half a window
/// (RFC 9000 §4.1, §4.2, §4.6).
/// </summary>
internal sealed class Grant
{
    private readonly long _window;
    private long _consumed;
    private bool _lost;

    public Grant(long window) => Limit = _window = window;

    /// <summary>The largest limit that the peer was told.</summary>
    public long Limit { get; private set; }

    /// <summary>What the peer has used up.</summary>
    public long Used { get; private set; }

    public bool IsUpdateDue => _lost || _consumed + _window - Limit >= Math.Max(1, _window / 2);

    public bool Allows(long more) => more <= Limit - Used;

    public void Use(long more) => Used += more;

    public void Consume(long more) => _consumed += more;

    /// <returns>The new limit, to be told now.</returns>
    public long TakeUpdate()
    {
        _lost = false;
        return Limit = Math.Max(Limit, _consumed + _window);
    }

    /// <summary>A frame with this limit was lost. Only the latest is worth another (RFC 9000 §13.3).</summary>
    public void OnLost(long limit) => _lost |= limit == Limit;
}
