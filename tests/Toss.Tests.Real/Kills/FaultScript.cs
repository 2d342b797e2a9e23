using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>What is done in each phase, and what must hold after it, whoever ended in it.</summary>
internal sealed class FaultScript(FaultWorld world)
{
    private static readonly TimeSpan look = TimeSpan.FromMilliseconds(10);

    private int _changes;

    /// <summary>Brings the world to where the phase begins.</summary>
    public async Task PrepareAsync(FaultPhase phase)
    {
        switch (phase)
        {
            case FaultPhase.Share:
                await world.UpAsync();
                break;
            case FaultPhase.Restart:
                await world.UpAsync();
                await world.KillAllAsync();
                break;
            case FaultPhase.Resume:
                await LeaveHalfDoneAsync();
                break;
            case FaultPhase.Pair:
                await world.UpAsync();
                break;
            case FaultPhase.Part:
                await world.UpAsync();
                await world.PairedOnBothOrOnNeitherAsync();
                await world.HoldsAsync();
                break;
            case FaultPhase.Start:
            default:
                break;
        }
    }

    public async Task ActAsync(FaultPhase phase, CancellationToken cancellation)
    {
        switch (phase)
        {
            case FaultPhase.Share:
                await world.CopyAsync(world.A, false, cancellation);
                await world.CopyAsync(world.B, false, cancellation);
                await world.CopyAsync(world.A, true, cancellation);
                await world.CopyAsync(world.B, true, cancellation);
                await world.A.Control.RenameAsync($"alpha-{++_changes}", cancellation);
                var kept = (9000 + _changes).ToString(CultureInfo.InvariantCulture);
                await world.A.Control.SetConfigAsync("history-clips", kept, cancellation);
                break;
            case FaultPhase.Resume:
                await world.AgentUpAsync(world.B);
                await Eventually.HoldsAsync(
                    "the large clip to be asked for in vain",
                    () => Task.FromResult(cancellation.IsCancellationRequested || world.Faults.HasReached("Blob.Discard")),
                    world.B.StateAsync
                );
                cancellation.ThrowIfCancellationRequested();
                await world.UpAsync();
                break;
            case FaultPhase.Restart:
            case FaultPhase.Start:
                await world.UpAsync();
                break;
            case FaultPhase.Pair:
                await world.PairAsync(cancellation);
                break;
            case FaultPhase.Part:
                await world.A.Control.UnpairAsync("beta-lap", [], cancellation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(phase));
        }
    }

    /// <summary>The phase up to the point, at which a process ends.</summary>
    public async Task ActUntilAsync(FaultPhase phase, string name, string side, int times)
    {
        world.Faults.Arm(name, side, times);
        using var stop = new CancellationTokenSource();
        var acting = ActAsync(phase, stop.Token);
        var begin = Stopwatch.GetTimestamp();
        while (!world.Faults.HasEnded)
        {
            if (acting.IsFaulted)
            {
                await acting;
            }
            if (Stopwatch.GetElapsedTime(begin) > Watchdog.Patience)
            {
                Assert.Fail($"Waited {Watchdog.Patience.TotalSeconds:F0} s for {name}:{side} in {phase}.\n{await world.StateAsync()}");
            }
            await Task.Delay(look);
        }
        await stop.CancelAsync();
        try
        {
            await Watchdog.Within(acting, $"{phase} to end without the process that ended");
        }
        catch (Exception failure) when (failure is not TimeoutException)
        {
            // Whatever was under way with it; what counts is what holds afterwards.
        }
        world.Faults.Disarm();
    }

    /// <summary>All up again, nothing armed: what must hold.</summary>
    public async Task ConcludeAsync(FaultPhase phase)
    {
        await world.UpAsync();
        if (phase == FaultPhase.Part)
        {
            if ((await world.A.PeersAsync()).Length > 0)
            {
                await ActAsync(FaultPhase.Part, CancellationToken.None);
            }
            Assert.Empty(await world.A.PeersAsync());
            var word = await world.CopyAsync(world.A, false, CancellationToken.None);
            Assert.Contains(word, await FaultWorld.HistoryAsync(world.A));
            Assert.DoesNotContain(word, await FaultWorld.HistoryAsync(world.B));
            return;
        }
        if (phase is FaultPhase.Start or FaultPhase.Pair)
        {
            await world.PairedOnBothOrOnNeitherAsync();
        }
        await world.HoldsAsync();
    }

    /// <summary>B knows of a large clip whose content it lacks; the relay has half a blob; A has a blob without a clip.</summary>
    private async Task LeaveHalfDoneAsync()
    {
        await world.UpAsync();
        await world.HoldsAsync();
        await world.IsQuietAsync();
        await EndAsync("Store.OpenEnvelope");
        await EndAsync("RelayBlob.Write");
        await EndAsync("Blob.Move");
        await world.KillAllAsync();
        world.Faults.TakeReached();

        async Task EndAsync(string name)
        {
            world.Faults.Arm(name, "after");
            try
            {
                await world.CopyAsync(world.A, true, CancellationToken.None);
            }
            catch (Control.ControlException) when (world.Faults.HasEnded)
            {
                // A itself.
            }
            await Eventually.HoldsAsync(
                $"a process to end at {name}",
                () => Task.FromResult(world.Faults.HasEnded),
                world.StateAsync
            );
        }
    }
}
