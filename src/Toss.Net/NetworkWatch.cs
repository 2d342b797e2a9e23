using Toss.Core.Scheduling;

namespace Toss.Net;

/// <summary>
/// Notices that the network may be another one: the system says so, or this machine slept, or this process stood still. All three
/// are one piece of news. What sleeps is not told that it slept: the wall clock went on without the steady one, or a wait of
/// seconds took a minute.
/// </summary>
/// <param name="tell">Called with whether this device was away, so that nothing that is held can be trusted.</param>
internal sealed class NetworkWatch(NetworkContext context, Action<bool> tell) : IAsyncDisposable
{
    /// <summary>Between two looks at the clocks: one wake-up in four seconds, and no later is a sleep noticed.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(4);

    /// <summary>
    /// Clocks run apart by less, and timers of a machine that is busy are late by less. A clock that somebody set ahead looks the
    /// same, and costs a look at everything.
    /// </summary>
    public static readonly TimeSpan Gap = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Changes come in bursts, and come to all devices of a network at once: up to so long is waited, by a draw, and what comes
    /// meanwhile is the same piece of news.
    /// </summary>
    public static readonly TimeSpan Spread = TimeSpan.FromSeconds(1);

    /// <summary>A network that comes and goes is not looked at anew more often.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    private readonly Wake _wake = new(context.Time);
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;
    private volatile bool _changed;

    public void Start() => _running = context.Run(RunAsync);

    /// <summary>The system says that addresses or interfaces changed. From any thread.</summary>
    public void Changed()
    {
        _changed = true;
        _wake.Ring();
    }

    /// <summary>Any number of times.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
    }

    private async Task RunAsync()
    {
        var toldAt = context.Clock.Now - Rest;
        DateTimeOffset? dueAt = null;
        var wasAway = false;
        try
        {
            while (true)
            {
                var (wall, steady) = (context.Time.GetUtcNow(), context.Clock.Now);
                var wait = dueAt is { } due && due - steady < Look ? due - steady : Look;
                if (wait > TimeSpan.Zero)
                {
                    await _wake.WaitAsync(wait, _stop.Token);
                }
                var now = context.Clock.Now;
                var isAway = context.Time.GetUtcNow() - wall - (now - steady) > Gap || now - steady > wait + Gap;
                if (_changed || isAway)
                {
                    wasAway |= isAway;
                    _changed = false;
                    var rested = toldAt + Rest;
                    dueAt ??= (now > rested ? now : rested) + Draw();
                }
                if (dueAt <= now)
                {
                    (toldAt, dueAt) = (now, null);
                    tell(wasAway);
                    wasAway = false;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody looks any more.
        }
    }

    private TimeSpan Draw()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        context.Random.Fill(bytes);
        return Spread * (BitConverter.ToUInt16(bytes) / (double)ushort.MaxValue);
    }
}
