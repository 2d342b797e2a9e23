using Toss.Control;
using Toss.Testing.Platform;

namespace Toss.Testing.Agents;

/// <summary>Watches an agent, and keeps what it was told. It reads only when asked for the next event.</summary>
public sealed class WatchedEvents : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly IAsyncEnumerator<AgentEvent> _events;

    public WatchedEvents(IControl control, EventPosition? after = null) =>
        _events = control.WatchAsync(after, _stop.Token).GetAsyncEnumerator(_stop.Token);

    public List<AgentEvent> Seen { get; } = [];

    /// <summary>Whatever comes next; null if the agent ended.</summary>
    public async Task<AgentEvent?> NextAsync()
    {
        var next = _events.MoveNextAsync().AsTask();
        if (!await Watchdog.Within(next, $"an event; the last were {string.Join(" | ", Seen.TakeLast(5))}"))
        {
            return null;
        }
        Seen.Add(_events.Current);
        return _events.Current;
    }

    /// <summary>The next event of this type, reading over all others.</summary>
    public async Task<T> NextAsync<T>(Func<T, bool>? which = null)
        where T : AgentEvent
    {
        while (true)
        {
            var next = await NextAsync() ?? throw new InvalidOperationException($"It ended before a {typeof(T).Name}.");
            if (next is T found && which?.Invoke(found) != false)
            {
                return found;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _events.DisposeAsync();
        _stop.Dispose();
    }
}
