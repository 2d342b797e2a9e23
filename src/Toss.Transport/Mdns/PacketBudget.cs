namespace Toss.Transport.Mdns;

/// <summary>
/// How many packets a neighbour may make us send: some at once, then one for each step of time. What honest networks need
/// is far below; it is there for those that are not.
/// </summary>
internal sealed class PacketBudget(int most, TimeSpan each)
{
    private double _left = most;
    private DateTimeOffset _at = DateTimeOffset.MinValue;

    public bool TryTake(DateTimeOffset now)
    {
        Refill(now);
        if (_left < 1)
        {
            return false;
        }
        _left--;
        return true;
    }

    /// <summary>When there will be one.</summary>
    public DateTimeOffset NextAt(DateTimeOffset now)
    {
        Refill(now);
        return _left >= 1 ? now : now + (each * (1 - _left));
    }

    private void Refill(DateTimeOffset now)
    {
        if (_at < now)
        {
            _left = _at == DateTimeOffset.MinValue ? most : Math.Min(most, _left + ((now - _at) / each));
            _at = now;
        }
    }
}
