namespace Toss.Relay.Routing;

/// <summary>Bytes that come back with time: so many at once, and so many a second after that. Not thread-safe.</summary>
internal sealed class ByteAllowance(long atOnce, double perSecond, DateTimeOffset now)
{
    private double _left = atOnce;
    private DateTimeOffset _at = now;

    /// <summary>Whether it was used at all lately; one that was not is as good as a new one.</summary>
    public bool IsWhole(DateTimeOffset now) => Has(atOnce, now);

    public bool Has(double bytes, DateTimeOffset now)
    {
        Refill(now);
        return bytes <= _left;
    }

    public bool TryTake(long bytes, DateTimeOffset now)
    {
        if (!Has(bytes, now))
        {
            return false;
        }
        _left -= bytes;
        return true;
    }

    private void Refill(DateTimeOffset now)
    {
        // A clock that was set back gives nothing until it is where it was.
        if (now > _at)
        {
            _left = Math.Min(atOnce, _left + (now - _at).TotalSeconds * perSecond);
            _at = now;
        }
    }
}
