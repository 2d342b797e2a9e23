namespace Toss.Testing.Simulation;

/// <summary>
/// The one thread of a simulated world, and its time. What is posted runs in order; when nothing is left to run, time
/// jumps to the next timer. Everything that happens is a function of the seed.
/// </summary>
public sealed class SimScheduler
{
    /// <summary>Steps without time passing; more is a loop that spins.</summary>
    private const int MostAtOnce = 100_000;

    private readonly Queue<(SimContext Context, SendOrPostCallback Callback, object? State)> _ready = new();
    private readonly PriorityQueue<SimTimer, (long Due, long Order)> _timers = new();
    private readonly Thread _thread = Thread.CurrentThread;
    private readonly long _epoch = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).Ticks;
    private long _order;
    private long _restedAt;
    private int _busy;
    private long _lookedIn;
    private int _looks;
    private volatile string? _strayed;

    /// <summary>Ticks since the world began; never runs back.</summary>
    public long Ticks { get; private set; }

    public DateTimeOffset Now => new(_epoch + Ticks, TimeSpan.Zero);

    /// <summary>Callbacks and timers run so far: a measure of work that does not depend on the machine.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// Runs until the condition holds, looking again after so many steps; throws what it waited for if virtual time runs
    /// out first.
    /// </summary>
    public void RunUntil(Func<bool> holds, TimeSpan within, string what, int every = 1)
    {
        var end = Ticks + within.Ticks;
        while (!holds())
        {
            for (var i = 0; i < every; i++)
            {
                if (RunNext(end))
                {
                    continue;
                }
                Ticks = end;
                if (holds())
                {
                    return;
                }
                throw new TimeoutException($"Waited {within} of virtual time for {what}.");
            }
        }
    }

    /// <summary>Lets this much virtual time pass.</summary>
    public void RunFor(TimeSpan time)
    {
        var end = Ticks + time.Ticks;
        while (RunNext(end)) { }
        Ticks = end;
    }

    internal void Post(SimContext context, SendOrPostCallback callback, object? state)
    {
        if (Thread.CurrentThread != _thread)
        {
            // Told to the world's own thread, which can fail a test; this one cannot.
            _strayed ??= $"A continuation of {context.Name} left the scheduler: {Environment.StackTrace}";
            return;
        }
        _ready.Enqueue((context, callback, state));
    }

    /// <summary>Somebody looked at a clock. A step that never ends looks at it for ever: named here, with its stack.</summary>
    internal void Look()
    {
        if (_lookedIn != Steps)
        {
            (_lookedIn, _looks) = (Steps, 0);
        }
        if (++_looks > MostAtOnce)
        {
            throw new InvalidOperationException($"One step does not end: {Environment.StackTrace}");
        }
    }

    internal void Arm(SimTimer timer, TimeSpan due)
    {
        timer.Due = Ticks + Math.Max(0, due.Ticks);
        _timers.Enqueue(timer, (timer.Due, _order++));
    }

    private bool RunNext(long end)
    {
        if (_strayed is { } strayed)
        {
            throw new InvalidOperationException(strayed);
        }
        if (Ticks != _restedAt)
        {
            (_restedAt, _busy) = (Ticks, 0);
        }
        if (++_busy > MostAtOnce)
        {
            throw new InvalidOperationException($"The world does not come to rest: {MostAtOnce} steps at one instant.");
        }
        if (_ready.TryDequeue(out var next))
        {
            Steps++;
            next.Context.Run(next.Callback, next.State);
            return true;
        }
        while (_timers.TryPeek(out var timer, out var key))
        {
            if (timer.Due != key.Due || !timer.IsArmed)
            {
                // Changed or disposed since: the later entry counts.
                _timers.Dequeue();
                continue;
            }
            if (key.Due > end)
            {
                return false;
            }
            _timers.Dequeue();
            Ticks = Math.Max(Ticks, key.Due);
            Steps++;
            timer.Fire();
            return true;
        }
        return false;
    }
}
