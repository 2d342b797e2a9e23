using Microsoft.Extensions.Logging;
using Toss.Agent.Files;
using Toss.Agent.Scheduling;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Stage 12: puts an accepted clip on the clipboard, and settles its receipt. A large clip is fetched first, beside the
/// loop, so that it holds up nothing.
/// </summary>
internal sealed partial class ClipApplier(
    AgentPorts ports,
    Device device,
    BlobCarrier blobs,
    BlobFetcher fetcher,
    BlobExchange exchange,
    ReceiptSender receipts,
    FileReceiving files,
    CopiedFiles copied,
    Stages stages,
    AgentSettings settings
)
{
    /// <summary>Between looks at what is unfinished; each clip has pauses of its own, which grow.</summary>
    private static readonly TimeSpan FetchRetry = TimeSpan.FromSeconds(30);

    private readonly ILogger _log = ports.Logs.CreateLogger<ClipApplier>();
    private readonly LostClips _lost = new(ports, device);
    private readonly Wake _wake = new(ports.Time);
    private readonly Turns _turns = new();

    // Large clips that are not whole: who says to have them, and whether they are being fetched.
    private readonly Dictionary<ClipId, UnfinishedClip> _unfinished = [];
    private readonly List<Task> _running = [];

    // Somebody copied just when this came. If that was no copy after all, this is to be shown.
    private Clip? _overtaken;

    // The newest clip seems to be of the future, and no clock was compared yet.
    private bool _refillAgain;
    private ClipId? _shownLast;
    private CancellationToken _ending;

    /// <summary>A clip was put on the clipboard, or was to be: `toss paste --wait` looks again.</summary>
    public event Action<Clip, ApplyOutcome>? Applied;

    /// <summary>A path may be back: unfinished clips are tried again.</summary>
    public void Retry()
    {
        foreach (var unfinished in _unfinished.Values)
        {
            unfinished.Renew();
        }
        _wake.Ring();
    }

    /// <summary>Applies a clip that just arrived, or keeps it, and records the outcome for its receipt.</summary>
    public async ValueTask ApplyAsync(
        Clip clip,
        DeviceId peer,
        MessageId message,
        bool apply,
        CancellationToken cancellation
    )
    {
        if (clip.Blobs.Any())
        {
            await TakeLargeAsync(clip, peer, message, device.Now, apply, cancellation);
            return;
        }
        if (!apply && await blobs.ReadAsync(clip, cancellation) is { } kept)
        {
            device.Echo.Received(clip.Id, kept, device.SteadyNow);
        }
        var outcome = apply ? await PutAsync(clip, cancellation) : Receipt.Types.Outcome.Kept;
        await SettleAsync(peer, message, outcome, RefusalReason.None, cancellation);
    }

    /// <summary>What `toss copy` shared is on this device's clipboard too, as if another program had put it there.</summary>
    public async ValueTask ShowOwnAsync(Clip clip, CancellationToken cancellation) =>
        await PutAsync(clip, cancellation);

    /// <summary>A copy is through: a clip that gave way to it takes its place, if it is newer, or goes no further.</summary>
    public async ValueTask GoOnAsync(bool copyLeavesClipboard, CancellationToken cancellation)
    {
        if (Interlocked.Exchange(ref _overtaken, null) is { } clip && copyLeavesClipboard)
        {
            await PutAsync(clip, cancellation);
        }
    }

    /// <summary>A secret, which no store knows, onto the clipboard if it is the newest; false if it is not.</summary>
    public ValueTask<bool> ShowSecretAsync(Clip secret, CancellationToken cancellation) =>
        _turns.RunAsync(
            async () =>
            {
                var newest = await ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation);
                if (device.IsPaused || newest?.Clip.Stamp > secret.Stamp || device.SecretClaim > secret.Stamp)
                {
                    return false;
                }
                var content = await blobs.ReadAsync(secret, cancellation);
                return await WriteAsync(secret, content, "secret, ", cancellation) != ApplyOutcome.Overtaken;
            },
            cancellation
        );

    /// <summary>A person takes a clip that a rule kept: onto the clipboard, whatever is newer. Null if it is damaged.</summary>
    public async ValueTask<ApplyOutcome?> AcceptAsync(Clip clip, CancellationToken cancellation)
    {
        if (clip.Files is { Sent: true })
        {
            return await files.PlaceAsync(clip, cancellation) == Receipt.Types.Outcome.Applied
                ? ApplyOutcome.Applied
                : null;
        }
        return await AcceptAsync(clip, await ContentAsync(clip, cancellation), cancellation);
    }

    /// <summary>The same, with what a person chose of it.</summary>
    public async ValueTask<ApplyOutcome?> AcceptAsync(
        Clip clip,
        ClipContent? content,
        CancellationToken cancellation
    ) => await _turns.RunAsync(() => WriteAsync(clip, content, "by hand, ", cancellation), cancellation);

    /// <summary>
    /// Before anything new comes in: settles clips that an earlier run stored and did not get to apply, and fills a
    /// clipboard that is empty.
    /// </summary>
    public async ValueTask ResumeAsync(CancellationToken cancellation)
    {
        _ending = cancellation;
        try
        {
            foreach (var peer in device.Circle.Peers)
            {
                await ResumeAsync(peer.Device, atStart: true, cancellation);
            }
            await RefillAsync(cancellation);
        }
        catch (StoreException failure)
        {
            // A full disk keeps nobody from starting; what is not settled is settled when its sender asks again.
            _log.WorkFailed("Settling what an earlier run left", failure);
        }
    }

    /// <summary>Fetches what is not here yet, whenever a path may be back.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                foreach (var peer in device.Circle.Peers)
                {
                    await ResumeAsync(peer.Device, atStart: false, cancellation);
                }
                await _lost.GiveUpAsync(_unfinished, cancellation);
                if (_refillAgain && device.HasComparedClocks)
                {
                    await RefillAsync(cancellation);
                }
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Resuming large clips", failure);
            }
            _running.RemoveAll(task => task.IsCompleted);
            await _wake.WaitAsync(FetchRetry, cancellation);
        }
    }

    public Task WhenIdleAsync() => Task.WhenAll(_running);

    /// <summary>
    /// On X11 the content goes with the program that owns it, so a killed agent or a new login leaves nothing: the newest
    /// clip, which is what the other devices hold, is put back. Whatever somebody copied meanwhile stays; what is secret or
    /// transient was not to outlive the run.
    /// </summary>
    private async ValueTask RefillAsync(CancellationToken cancellation)
    {
        var plausible = await ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation);
        // A clock that was set back takes what is newest for a thing of the future, until it is compared with the others.
        _refillAgain =
            device.Circle.Peers.Count > 0
            && !device.HasComparedClocks
            && await ports.Store.NewestClaimAsync(DateTimeOffset.MaxValue, cancellation) is { } latest
            && latest.Clip.Id != plausible?.Clip.Id;
        if (
            ports.Clipboard.State == ClipboardState.Listening
            && !_refillAgain
            && plausible
                is {
                    State: ClipState.Complete or ClipState.Offered or ClipState.Wanted,
                    Clip.Sensitivity: Sensitivity.Normal,
                } newest
            && await ports.Clipboard.ReadAsync(cancellation) is null
        )
        {
            await PutAsync(newest.Clip, cancellation);
        }
    }

    private async ValueTask ResumeAsync(DeviceId peer, bool atStart, CancellationToken cancellation)
    {
        foreach (var received in await ports.Store.ReceiptsDueAsync(peer, ReceiptSender.Batch, cancellation))
        {
            if (received.Outcome != Receipt.Types.Outcome.Unspecified || received.Clip is not { } id)
            {
                continue;
            }
            if (_unfinished.TryGetValue(id, out var unfinished) && !unfinished.IsDue(device.SteadyNow))
            {
                // This peer has it too.
                unfinished.HearOf(peer, received.ReceivedAt);
                continue;
            }
            var stored = await ports.Store.FindClipAsync(id, cancellation);
            if (stored is { State: ClipState.Incomplete or ClipState.Wanted or ClipState.Offered })
            {
                await TakeLargeAsync(
                    stored.Clip,
                    peer,
                    received.Message,
                    received.ReceivedAt,
                    stored.Claim,
                    cancellation
                );
            }
            else if (stored is { State: ClipState.Lost or ClipState.Cancelled })
            {
                var reason = stored.State == ClipState.Lost ? RefusalReason.ContentLost : RefusalReason.Cancelled;
                await SettleAsync(peer, received.Message, Receipt.Types.Outcome.Refused, reason, cancellation);
            }
            // Without blobs only a run that ended can have left it so; with them, also a disk that refused the outcome, and
            // another peer that sent the same.
            else if (atStart || stored is null || stored.Clip.Blobs.Any())
            {
                var outcome =
                    id == _shownLast ? Receipt.Types.Outcome.Applied
                    : stored is { State: ClipState.Complete } && (stored.Claim || stored.Clip.Files is { Sent: true })
                        ? await PutAsync(stored.Clip, cancellation)
                    : Receipt.Types.Outcome.Kept;
                await SettleAsync(peer, received.Message, outcome, cancellation);
                await files.SettledAsync(id, cancellation);
                if (stored is null)
                {
                    ForgetErased(id);
                }
            }
        }
    }

    /// <summary>
    /// Onto the clipboard, if the clip is still the newest. One at a time from the look to the write, or a clip that is
    /// slow to read or to write would cover a newer one that came in between.
    /// </summary>
    private async ValueTask<Receipt.Types.Outcome> PutAsync(Clip clip, CancellationToken cancellation)
    {
        if (clip.Files is { Sent: true })
        {
            // What is no set is refused. What a rule keeps stays in history until somebody takes it.
            return device.Takes(clip)
                ? await files.PlaceAsync(clip, cancellation) ?? Receipt.Types.Outcome.Refused
                : Receipt.Types.Outcome.Kept;
        }
        // Before its turn: it may take long, and holds up nothing.
        var content = await ContentAsync(clip, cancellation);
        return await _turns.RunAsync(() => ShowAsync(clip, content, cancellation), cancellation);
    }

    private ValueTask<ClipContent?> ContentAsync(Clip clip, CancellationToken cancellation) =>
        clip.Files is null ? blobs.ReadAsync(clip, cancellation) : copied.ContentAsync(clip, cancellation);

    /// <summary>The echo filter knows before the platform does.</summary>
    private async ValueTask<Receipt.Types.Outcome> ShowAsync(
        Clip clip,
        ClipContent? content,
        CancellationToken cancellation
    )
    {
        var newest = await ports.Store.NewestClaimAsync(device.PlausibleUntil, cancellation);
        var isNewest = newest?.Clip.Id == clip.Id && !(device.SecretClaim > clip.Stamp);
        if (device.IsPaused || device.IsCopying || !isNewest || !device.Takes(clip))
        {
            _overtaken = isNewest && device.IsCopying ? clip : _overtaken;
            if (content is not null)
            {
                device.Echo.Received(clip.Id, content, device.SteadyNow);
            }
            return Receipt.Types.Outcome.Kept;
        }
        _refillAgain = false;
        var outcome = await WriteAsync(clip, content, null, cancellation);
        _shownLast = outcome == ApplyOutcome.Applied ? clip.Id : _shownLast;
        _overtaken = outcome == ApplyOutcome.Overtaken ? clip : null;
        return outcome == ApplyOutcome.Applied ? Receipt.Types.Outcome.Applied : Receipt.Types.Outcome.Kept;
    }

    /// <summary>Null if it is damaged. What has no special way is not written again over itself.</summary>
    private async ValueTask<ApplyOutcome?> WriteAsync(
        Clip clip,
        ClipContent? content,
        string? way,
        CancellationToken cancellation
    )
    {
        using var stage = stages.Begin(Stages.Apply, clip.Id);
        if (content is null)
        {
            stage.Note = "damaged";
            return null;
        }
        var isThere = way is null && ports.Clipboard.State == ClipboardState.Listening && device.Echo.Holds(content);
        device.Echo.Remember(clip.Id, content, device.SteadyNow);
        var outcome = isThere
            ? ApplyOutcome.Applied
            : await ports.Clipboard.ApplyAsync(content, clip.Id.ToBytes(), cancellation);
        if (!isThere && outcome != ApplyOutcome.Overtaken)
        {
            blobs.Standing.Stands(clip.Id, content);
        }
        stage.Note = isThere ? "already there" : $"{way}{outcome}";
        Applied?.Invoke(clip, outcome);
        return outcome;
    }

    private ValueTask SettleAsync(
        DeviceId peer,
        MessageId message,
        Receipt.Types.Outcome outcome,
        CancellationToken cancellation
    ) =>
        SettleAsync(
            peer,
            message,
            outcome,
            outcome == Receipt.Types.Outcome.Refused ? RefusalReason.Malformed : RefusalReason.None,
            cancellation
        );

    private async ValueTask SettleAsync(
        DeviceId peer,
        MessageId message,
        Receipt.Types.Outcome outcome,
        RefusalReason reason,
        CancellationToken cancellation
    )
    {
        await ports.Store.CommitAsync(
            StoreStep.RecordOutcome,
            [new SetReceivedOutcome(peer, message, outcome, reason)],
            cancellation
        );
        receipts.Wake(peer);
    }
}
