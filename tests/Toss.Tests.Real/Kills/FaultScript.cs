using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>What is done in each phase, and what must hold after it, whoever ended in it.</summary>
internal sealed class FaultScript(FaultPrograms faults) : IAsyncDisposable
{
    private static readonly TimeSpan look = TimeSpan.FromMilliseconds(10);

    private readonly KillWorld _world = new(faults.Programs);
    private int _changes;

    /// <summary>Brings the world to where the phase begins.</summary>
    public async Task PrepareAsync(FaultPhase phase)
    {
        switch (phase)
        {
            case FaultPhase.Share:
                await _world.UpAsync();
                break;
            case FaultPhase.Restart:
                await _world.UpAsync();
                await _world.KillAllAsync();
                break;
            case FaultPhase.Resume:
                await LeaveHalfDoneAsync();
                break;
            case FaultPhase.Pair:
                await _world.UpAsync();
                break;
            case FaultPhase.Part:
                await _world.UpAsync();
                await _world.PairedOnBothOrOnNeitherAsync();
                await _world.HoldsAsync();
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
                await _world.CopyAsync(_world.A, false, cancellation);
                await _world.CopyAsync(_world.B, false, cancellation);
                await _world.CopyAsync(_world.A, true, cancellation);
                await _world.CopyAsync(_world.B, true, cancellation);
                await _world.A.Control.RenameAsync($"alpha-{++_changes}", cancellation);
                var kept = (9000 + _changes).ToString(CultureInfo.InvariantCulture);
                await _world.A.Control.SetConfigAsync("history-clips", kept, cancellation);
                break;
            case FaultPhase.Resume:
                await _world.AgentUpAsync(_world.B);
                await Eventually.HoldsAsync(
                    "the large clip to be asked for in vain",
                    () =>
                        Task.FromResult(
                            cancellation.IsCancellationRequested || faults.Reached().Contains("Blob.Discard:after")
                        ),
                    _world.B.StateAsync
                );
                cancellation.ThrowIfCancellationRequested();
                await _world.UpAsync();
                break;
            case FaultPhase.Restart:
            case FaultPhase.Start:
                await _world.UpAsync();
                break;
            case FaultPhase.Pair:
                await _world.PairAsync(cancellation);
                break;
            case FaultPhase.Part:
                await _world.A.Control.UnpairAsync("beta-lap", [], cancellation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(phase));
        }
    }

    /// <summary>The phase up to the point, at which a process ends.</summary>
    public async Task ActUntilAsync(FaultPhase phase, string name, string side, int times)
    {
        faults.Arm(name, side, times);
        using var stop = new CancellationTokenSource();
        var acting = ActAsync(phase, stop.Token);
        var begin = Stopwatch.GetTimestamp();
        while (!faults.HasEnded)
        {
            if (acting.IsFaulted)
            {
                await acting;
            }
            if (Stopwatch.GetElapsedTime(begin) > Watchdog.Patience)
            {
                Assert.Fail(
                    $"Waited {Watchdog.Patience.TotalSeconds:F0} s for {name}:{side} in {phase}.\n{await _world.StateAsync()}"
                );
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
        faults.Disarm();
    }

    /// <summary>All up again, nothing armed: what must hold.</summary>
    public async Task ConcludeAsync(FaultPhase phase)
    {
        await _world.UpAsync();
        if (phase == FaultPhase.Part)
        {
            if ((await _world.A.PeersAsync()).Length > 0)
            {
                await ActAsync(FaultPhase.Part, CancellationToken.None);
            }
            await _world.PartedAsync();
            return;
        }
        if (phase is FaultPhase.Start or FaultPhase.Pair)
        {
            await _world.PairedOnBothOrOnNeitherAsync();
        }
        await _world.HoldsAsync();
    }

    /// <summary>Nothing waits for the other device, and nothing durable happens for a while.</summary>
    public async Task IsQuietAsync()
    {
        long before = -1;
        var still = 0;
        await Eventually.HoldsAsync(
            "nothing to be under way",
            async () =>
            {
                var pending = 0;
                foreach (var program in new[] { _world.A, _world.B })
                {
                    var status = await program.Control.GetStatusAsync(CancellationToken.None);
                    pending += status.Peers.Sum(peer => peer.Pending);
                }
                still = pending == 0 && faults.Length == before ? still + 1 : 0;
                before = faults.Length;
                return still == 20;
            },
            _world.StateAsync
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        faults.Dispose();
    }

    /// <summary>B knows of a large clip whose content it lacks; the relay has half a blob; A has a blob without a clip.</summary>
    private async Task LeaveHalfDoneAsync()
    {
        await _world.UpAsync();
        await _world.HoldsAsync();
        await IsQuietAsync();
        await EndAsync("Store.OpenEnvelope");
        await EndAsync("RelayBlob.Write");
        await EndAsync("Blob.Move");
        await _world.KillAllAsync();
        faults.ForgetReached();

        async Task EndAsync(string name)
        {
            faults.Arm(name, "after");
            try
            {
                await _world.CopyAsync(_world.A, true, CancellationToken.None);
            }
            catch (Control.ControlException) when (faults.HasEnded)
            {
                // A itself.
            }
            await Eventually.HoldsAsync(
                $"a process to end at {name}",
                () => Task.FromResult(faults.HasEnded),
                _world.StateAsync
            );
        }
    }
}
