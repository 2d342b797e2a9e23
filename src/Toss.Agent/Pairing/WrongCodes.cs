namespace Toss.Agent.Pairing;

/// <summary>Counts wrong codes over all pairings: ten an hour close codes, not links, whose secret nobody guesses.</summary>
internal sealed class WrongCodes
{
    private const int PerHour = 10;

    private readonly Queue<DateTimeOffset> _noted = new();

    public void Note(DateTimeOffset now)
    {
        Forget(now);
        _noted.Enqueue(now);
    }

    /// <summary>No code is shown for now.</summary>
    public bool AreTooMany(DateTimeOffset now)
    {
        Forget(now);
        return _noted.Count >= PerHour;
    }

    private void Forget(DateTimeOffset now)
    {
        while (_noted.TryPeek(out var oldest) && now - oldest >= TimeSpan.FromHours(1))
        {
            _noted.Dequeue();
        }
    }
}
