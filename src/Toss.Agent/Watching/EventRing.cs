using Toss.Control;

namespace Toss.Agent.Watching;

/// <summary>The last events of this run, numbered. Who asks for what is not remembered any more begins anew.</summary>
/// <param name="run">Another at each start of the agent.</param>
internal sealed class EventRing(string run, int capacity)
{
    private readonly AgentEvent[] _events = new AgentEvent[capacity];
    private long _first = 1;
    private long _next = 1;

    /// <summary>Where somebody is who has seen everything.</summary>
    public EventPosition Last => new(run, _next - 1);

    public AgentEvent Add(AgentEvent happened, DateTimeOffset at)
    {
        var numbered = Number(happened, _next, at);
        _events[_next % capacity] = numbered;
        _next++;
        _first = Math.Max(_first, _next - capacity);
        return numbered;
    }

    /// <summary>An event that is nobody's but its reader's: it stands where the reader now is.</summary>
    public AgentEvent AtLast(AgentEvent happened, DateTimeOffset at) => Number(happened, _next - 1, at);

    /// <summary>From here on something was missed: nobody goes on from an earlier position.</summary>
    public void Break()
    {
        _next++;
        _first = _next;
    }

    /// <summary>At most so many after this position, in order; false if some of them are forgotten, or it is another run's.</summary>
    public bool TryReadAfter(EventPosition position, int limit, out IReadOnlyList<AgentEvent> events)
    {
        events = [];
        if (position.Run != run || position.Sequence < _first - 1 || position.Sequence >= _next)
        {
            return false;
        }
        var count = (int)Math.Min(limit, _next - 1 - position.Sequence);
        events = [.. Enumerable.Range(1, count).Select(ahead => _events[(position.Sequence + ahead) % capacity])];
        return true;
    }

    private AgentEvent Number(AgentEvent happened, long sequence, DateTimeOffset at) =>
        happened with
        {
            Run = run,
            Sequence = sequence,
            At = at,
        };
}
