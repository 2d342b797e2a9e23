using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>All phases once, undisturbed, to learn which points each passes; and the paired world that most cases share.</summary>
public sealed class FaultRehearsal : IAsyncLifetime
{
    /// <summary>In one world: each ends with an Add, and a device signs 64 of them.</summary>
    private const int DeparturesAtMost = 30;

    private static readonly FaultPhase[] order =
    [
        FaultPhase.Start,
        FaultPhase.Pair,
        FaultPhase.Share,
        FaultPhase.Restart,
        FaultPhase.Resume,
        FaultPhase.Heal,
        FaultPhase.Stop,
        FaultPhase.Later,
        FaultPhase.Part,
        FaultPhase.Leave,
        FaultPhase.Forget,
    ];

    private readonly SortedDictionary<FaultPhase, IReadOnlySet<string>> _reached = [];
    private FaultScript? _shared;
    private bool _sharedDeparts;
    private int _departures;

    public async ValueTask InitializeAsync()
    {
        var faults = new FaultPrograms();
        await using var script = new FaultScript(faults);
        foreach (var phase in order)
        {
            await script.PrepareAsync(phase);
            faults.ForgetReached();
            await script.ActAsync(phase, CancellationToken.None);
            await script.IsQuietAsync();
            _reached[phase] = faults.Reached();
        }
    }

    /// <summary>The cheapest phase that passes a point; null if none does.</summary>
    internal FaultPhase? PhaseOf(string name, string side)
    {
        foreach (var (phase, reached) in _reached)
        {
            if (reached.Contains($"{name}:{side}"))
            {
                return phase;
            }
        }
        return null;
    }

    /// <summary>What was passed and is in no list: a point made of a name that nothing enumerates.</summary>
    public IEnumerable<string> Unlisted() =>
        _reached.Values.SelectMany(reached => reached).Select(line => line.Split(':')[0]).Except(FaultPointList.Names);

    /// <summary>The points that a phase passes, in the order of their text.</summary>
    internal IEnumerable<string> NamesIn(FaultPhase phase) =>
        _reached[phase].Select(line => line.Split(':')[0]).Distinct().Order(StringComparer.Ordinal);

    /// <summary>Runs a case in a world of its own, or in a shared one, which is given up when a case fails in it.</summary>
    internal async Task RunAsync(FaultPhase phase, Func<FaultScript, Task> test)
    {
        var departs = phase is FaultPhase.Part or FaultPhase.Leave;
        if (phase > FaultPhase.Resume && !departs)
        {
            await using var own = new FaultScript(new FaultPrograms());
            await test(own);
            return;
        }
        // After a departure the two share a part of their histories only, so it has a world apart.
        if (_shared is not null && (_sharedDeparts != departs || (departs && ++_departures % DeparturesAtMost == 0)))
        {
            await DisposeAsync();
        }
        try
        {
            if (_shared is null)
            {
                (_shared, _sharedDeparts) = (new FaultScript(new FaultPrograms()), departs);
                await _shared.ActAsync(FaultPhase.Start, CancellationToken.None);
                await _shared.ActAsync(FaultPhase.Pair, CancellationToken.None);
            }
            await test(_shared);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_shared is { } shared)
        {
            _shared = null;
            await shared.DisposeAsync();
        }
    }
}
