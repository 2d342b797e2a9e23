namespace Toss.Cli.Daemon;

/// <summary>
/// Gives memory back when the agent rests. The runtime collects when it allocates, so what a burst of clips left would
/// stay with a program that then only waits. One full collection after such a burst takes some ten milliseconds, and
/// nobody waits for it.
/// </summary>
internal sealed class IdleMemory(Func<long> allocated, Action collect)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    /// <summary>Allocated since the last collection, in bytes: less is not worth one.</summary>
    public const long Worth = 4 * 1024 * 1024;

    /// <summary>Allocated within one period, in bytes: less is a rest. An idle agent needs a few KiB.</summary>
    public const long Rest = 256 * 1024;

    private long _collectedAt;
    private long _last = allocated();

    /// <param name="freed">What somebody held for long and gave up, in bytes since the start: it counts as if it were allocated anew.</param>
    public static IdleMemory OfThisProcess(Func<long> freed) =>
        new(
            () => GC.GetTotalAllocatedBytes() + freed(),
            () => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true)
        );

    public async Task RunAsync(TimeProvider time, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                Look();
            }
        }
        catch (OperationCanceledException)
        {
            // The daemon ends.
        }
    }

    /// <summary>To be called once a period.</summary>
    public void Look()
    {
        var now = allocated();
        if (now - _last < Rest && now - _collectedAt >= Worth)
        {
            collect();
            now = _collectedAt = allocated();
        }
        _last = now;
    }
}
