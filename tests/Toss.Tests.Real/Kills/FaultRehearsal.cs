using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>All phases once, undisturbed, to learn which points each passes; and the paired world that most cases share.</summary>
public sealed class FaultRehearsal : IAsyncLifetime
{
    private static readonly FaultPhase[] order =
    [
        FaultPhase.Start,
        FaultPhase.Pair,
        FaultPhase.Share,
        FaultPhase.Restart,
        FaultPhase.Resume,
        FaultPhase.Part,
    ];

    private readonly SortedDictionary<FaultPhase, IReadOnlySet<string>> _reached = [];
    private FaultScript? _shared;

    public async ValueTask InitializeAsync()
    {
        var faults = new FaultPrograms();
        await using var script = new FaultScript(faults);
        foreach (var phase in order)
        {
            if (phase is FaultPhase.Share or FaultPhase.Restart or FaultPhase.Resume)
            {
                await script.PrepareAsync(phase);
            }
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

    /// <summary>Runs a case in a world of its own, or in the shared one, which is given up when a case fails in it.</summary>
    internal async Task RunAsync(FaultPhase phase, Func<FaultScript, Task> test)
    {
        if (phase > FaultPhase.Resume)
        {
            await using var own = new FaultScript(new FaultPrograms());
            await test(own);
            return;
        }
        try
        {
            if (_shared is null)
            {
                _shared = new FaultScript(new FaultPrograms());
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
