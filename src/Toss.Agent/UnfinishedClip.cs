using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// A large clip that is not whole: who says to have it, and when it is tried again. Each time later, since a holder that does
/// not answer is off, and one whose bytes do not verify has no others; at once when a path may be back.
/// </summary>
internal sealed class UnfinishedClip
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(4);

    private Task _fetching = Task.CompletedTask;
    private CancellationTokenSource? _stop;
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private TimeSpan _pause = FirstPause;
    private bool _isRenewed;

    public SortedSet<DeviceId> Senders { get; } = [];

    /// <summary>When the last message that spoke of it came.</summary>
    public DateTimeOffset HeardAt { get; private set; } = DateTimeOffset.MinValue;

    public bool IsFetching { get; private set; }

    /// <summary>Somebody asked for it, and has it in hand when it is whole: it is not written to the clipboard again.</summary>
    public bool IsWanted { get; set; }

    /// <summary>Somebody stopped it: it is not begun again.</summary>
    public bool IsCancelled { get; private set; }

    /// <param name="at">When its message came, on this device's own clock.</param>
    public void HearOf(DeviceId sender, DateTimeOffset at)
    {
        Senders.Add(sender);
        HeardAt = at > HeardAt ? at : HeardAt;
    }

    /// <param name="steady">By the clock that nobody sets.</param>
    public bool IsDue(DateTimeOffset steady) => !IsFetching && !IsCancelled && steady >= _next;

    /// <summary>One try at a time; it ends when it is stopped.</summary>
    public Task FetchAsync(Func<CancellationToken, Task> fetch, CancellationToken cancellation)
    {
        (IsFetching, _isRenewed) = (true, false);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        return _fetching = RunAsync();

        async Task RunAsync()
        {
            try
            {
                await fetch(_stop.Token);
            }
            finally
            {
                IsFetching = false;
                _stop.Dispose();
            }
        }
    }

    /// <summary>All of it is here: what is left is to show it and to say so.</summary>
    public bool IsWhole { get; set; }

    /// <summary>Nothing of it is under way when this has completed, and never is again. False if it is whole.</summary>
    public async ValueTask<bool> CancelAsync()
    {
        if (IsWhole)
        {
            return false;
        }
        IsCancelled = true;
        if (IsFetching)
        {
            _stop!.Cancel();
        }
        await _fetching;
        return true;
    }

    /// <summary>True if it is to be tried again at once: a path came back while it was being tried without.</summary>
    public bool Failed(DateTimeOffset steady)
    {
        IsWhole = false;
        if (_isRenewed)
        {
            _isRenewed = false;
            return true;
        }
        _next = steady + _pause;
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
        return false;
    }

    /// <summary>A path may be back.</summary>
    public void Renew() => (_next, _pause, _isRenewed) = (DateTimeOffset.MinValue, FirstPause, IsFetching);

    /// <summary>Nobody has spoken of it for as long as a message lives: the rows of its senders are over too.</summary>
    public bool IsOver(DateTimeOffset now) => now - HeardAt >= Limits.Delivery;
}
