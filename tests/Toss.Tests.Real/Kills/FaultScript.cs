using System.Diagnostics;
using System.Globalization;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>What is done in each phase, and what must hold after it, whoever ended in it.</summary>
internal sealed class FaultScript(FaultPrograms faults) : IAsyncDisposable
{
    private static readonly TimeSpan look = TimeSpan.FromMilliseconds(10);

    /// <summary>More than the ten minutes after which silence is healed.</summary>
    private static readonly TimeSpan silence = TimeSpan.FromMinutes(11);

    /// <summary>More than the week that rows, mailboxes and prekeys last.</summary>
    private static readonly TimeSpan absence = TimeSpan.FromDays(8);

    /// <summary>More than the day after which a removed device erases what it shared.</summary>
    private static readonly TimeSpan reprieve = TimeSpan.FromHours(25);

    /// <summary>And a little, after which a peer may begin as many handshakes again.</summary>
    private static readonly TimeSpan hour = TimeSpan.FromMinutes(61);

    /// <summary>Enough for all to be at the relay again and to look.</summary>
    private static readonly TimeSpan soon = TimeSpan.FromSeconds(4);

    private readonly KillWorld _world = new(faults.Programs);
    private int _changes;
    private string _missed = "";

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
            case FaultPhase.Heal:
                await _world.UpAsync();
                await _world.PairedOnBothOrOnNeitherAsync();
                await _world.HoldsAsync();
                await IsQuietAsync();
                _world.SpoilNextEnvelope();
                _missed = await _world.CopyAsync(_world.A, false, CancellationToken.None);
                break;
            case FaultPhase.Later:
                await _world.UpAsync();
                await _world.PairedOnBothOrOnNeitherAsync();
                await _world.HoldsAsync();
                await IsQuietAsync();
                await _world.B.KillAsync();
                faults.ForgetReached();
                _missed = await _world.CopyAsync(_world.A, false, CancellationToken.None);
                await Eventually.HoldsAsync(
                    "what is missed to lie in the mailbox",
                    () => Task.FromResult(faults.Reached().Contains("Store.SendDelivery:after")),
                    _world.StateAsync
                );
                await _world.KillAllAsync();
                faults.PassTime(absence);
                break;
            case FaultPhase.Stop:
                await _world.UpAsync();
                await _world.PairedOnBothOrOnNeitherAsync();
                await _world.HoldsAsync();
                await IsQuietAsync();
                await EndWhileCopyingAsync("Store.OpenEnvelope");
                await _world.KillAllAsync();
                faults.ForgetReached();
                break;
            case FaultPhase.Part:
            case FaultPhase.Leave:
                // What is under way while a clock is set compares it as it was with the other as it is.
                await _world.UpAsync();
                await IsQuietAsync();
                // Each return takes some of the handshakes that a peer may begin in an hour.
                faults.PassTime(hour);
                await _world.TogetherAsync();
                await IsQuietAsync();
                break;
            case FaultPhase.Forget:
                await _world.UpAsync();
                await _world.TogetherAsync();
                await ActAsync(FaultPhase.Part, CancellationToken.None);
                await IsQuietAsync();
                await _world.B.KillAsync();
                faults.PassTime(reprieve);
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
                var newest = (await _world.A.Control.GetHistoryAsync(null, 1, cancellation))[0];
                await _world.A.Control.MarkClipAsync(
                    new MarkRequest(newest.Id, Pinned: true, Add: [$"tag {_changes}"]),
                    cancellation
                );
                break;
            case FaultPhase.Resume:
                await _world.AgentUpAsync(_world.B);
                await Eventually.HoldsAsync(
                    "the large clip to be asked for in vain",
                    () =>
                        Task.FromResult(
                            cancellation.IsCancellationRequested || faults.Reached().Contains("Blob.CreatePart:after")
                        ),
                    _world.B.StateAsync
                );
                cancellation.ThrowIfCancellationRequested();
                await _world.UpAsync();
                break;
            case FaultPhase.Stop:
                await _world.AgentUpAsync(_world.B);
                var coming = await Eventually.SeesAsync(
                    "the large clip to be asked for",
                    async () =>
                        (await _world.B.Control.GetStatusAsync(cancellation)).Transfers is [var one] ? one : null,
                    _world.B.StateAsync
                );
                await _world.B.Control.CancelAsync(coming.Id, cancellation);
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
            case FaultPhase.Leave:
                await _world.B.Control.LeaveAsync(cancellation);
                break;
            case FaultPhase.Heal:
                await HealAsync(cancellation);
                break;
            case FaultPhase.Later:
                // Before the agents: what they acknowledge takes along what expired.
                await _world.RelayUpAsync();
                await Eventually.HoldsAsync(
                    "what expired at the relay to go",
                    () =>
                        Task.FromResult(
                            cancellation.IsCancellationRequested || faults.Reached().Contains("Relay.Expire:after")
                        ),
                    _world.StateAsync
                );
                cancellation.ThrowIfCancellationRequested();
                await _world.UpAsync();
                await Eventually.HoldsAsync(
                    "what was missed to come after all",
                    async () => cancellation.IsCancellationRequested || await _world.HasAsync(_missed),
                    _world.StateAsync
                );
                break;
            case FaultPhase.Forget:
                await _world.UpAsync();
                await Eventually.HoldsAsync(
                    "what was shared to be erased",
                    () =>
                        Task.FromResult(
                            cancellation.IsCancellationRequested
                                || faults.Reached().Contains("Store.EraseHistory:after")
                        ),
                    _world.StateAsync
                );
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
        switch (phase)
        {
            case FaultPhase.Part:
                if ((await _world.A.PeersAsync()).Length > 0)
                {
                    await ActAsync(FaultPhase.Part, CancellationToken.None);
                }
                await _world.PartedAsync();
                return;
            case FaultPhase.Leave:
                if ((await _world.B.PeersAsync()).Length > 0)
                {
                    await ActAsync(FaultPhase.Leave, CancellationToken.None);
                }
                await _world.LeftAsync();
                return;
            case FaultPhase.Forget:
                await _world.ForgottenAsync();
                return;
            case FaultPhase.Heal:
                await HealAsync(CancellationToken.None);
                break;
        }
        if (phase is FaultPhase.Start or FaultPhase.Pair)
        {
            await _world.PairedOnBothOrOnNeitherAsync();
        }
        await _world.HoldsAsync();
        await _world.HasNoRestsAsync();
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

    /// <summary>
    /// Ten minutes and again ten, until what was lost came: the silence is noticed when somebody looks, which they do when a
    /// path comes back, as it does here because the relay ends connections that were silent for so long.
    /// </summary>
    private async Task HealAsync(CancellationToken cancellation)
    {
        var first = Stopwatch.GetTimestamp();
        while (!cancellation.IsCancellationRequested && !await HasSoonAsync())
        {
            if (Stopwatch.GetElapsedTime(first) > Watchdog.Patience)
            {
                throw new TimeoutException($"What was lost is not healed.\n{await _world.StateAsync()}");
            }
            faults.PassTime(silence);
        }

        async Task<bool> HasSoonAsync()
        {
            var begin = Stopwatch.GetTimestamp();
            while (!cancellation.IsCancellationRequested && Stopwatch.GetElapsedTime(begin) < soon)
            {
                if (await _world.HasAsync(_missed))
                {
                    return true;
                }
                await Task.Delay(look, CancellationToken.None);
            }
            return false;
        }
    }

    /// <summary>B knows of a large clip whose content it lacks; the relay has half a blob; A has a blob without a clip.</summary>
    private async Task LeaveHalfDoneAsync()
    {
        await _world.UpAsync();
        await _world.HoldsAsync();
        await IsQuietAsync();
        await EndWhileCopyingAsync("Store.OpenEnvelope");
        await EndWhileCopyingAsync("RelayBlob.Write");
        await EndWhileCopyingAsync("Blob.Move");
        await _world.KillAllAsync();
        faults.ForgetReached();
    }

    /// <summary>A process ends just after this point, while A copies something large.</summary>
    private async Task EndWhileCopyingAsync(string name)
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
