namespace Toss.Net.Links;

/// <summary>
/// How much measuring a device lets its companions do: one stream at a time, whoever asks, and so many a minute. A member may
/// measure; it may not keep the device busy. Thread-safe.
/// </summary>
internal sealed class BenchGate
{
    /// <summary>Two runs of `toss bench`, of three streams each.</summary>
    public const int MostAMinute = 6;

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<DateTimeOffset> _begun = new();
    private bool _isBusy;

    /// <summary>True if one may begin; <see cref="End"/> follows then.</summary>
    public bool TryBegin(DateTimeOffset now)
    {
        lock (_gate)
        {
            while (_begun.TryPeek(out var oldest) && now - oldest >= s_minute)
            {
                _begun.Dequeue();
            }
            if (_isBusy || _begun.Count >= MostAMinute)
            {
                return false;
            }
            _begun.Enqueue(now);
            return _isBusy = true;
        }
    }

    public void End()
    {
        lock (_gate)
        {
            _isBusy = false;
        }
    }
}
