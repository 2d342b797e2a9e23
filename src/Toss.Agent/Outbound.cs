using Microsoft.Extensions.Logging;
using Toss.Agent.Pasting;
using Toss.Agent.Scheduling;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The way out of a clip: stages 1 to 4. What is recorded here is the Courier's to deliver (stages 5 to 7); the other
/// half of the path is <see cref="Inbound"/>.
/// </summary>
internal sealed class Outbound(
    AgentPorts ports,
    Device device,
    BlobCarrier blobs,
    Courier courier,
    SecretHolder secrets,
    ClipApplier applier,
    Stages stages,
    AgentSettings settings
)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<Outbound>();
    private readonly BounceNotice _bounces = new(ports, device);
    private readonly NextCopy _next = new(ports);
    private WarningReport? _notRecorded;

    /// <summary>The last failure to record a copy, until one succeeds; or that a copy came round too often. For `toss status`.</summary>
    public WarningReport? Warning => _notRecorded ?? _bounces.Warning;

    /// <summary>Shares what the user copies, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await foreach (var snapshot in ports.Clipboard.Changes.EachAsync(cancellation))
        {
            device.Echo.Shown(snapshot);
            blobs.Standing.End();
            secrets.SourceChanged(snapshot);
            device.IsCopying = true;
            var shared = await _next.OvertakesAsync(snapshot, () => ShareAsync(snapshot, cancellation), cancellation);
            await blobs.LetGoAsync(snapshot, shared);
            device.IsCopying = false;
            await applier.GoOnAsync(shared?.LeavesClipboard ?? true, cancellation);
        }
    }

    /// <summary>Takes one snapshot through stages 1 to 4. A failure of the disk is reported, not thrown.</summary>
    /// <param name="byHand">A person named this very content: it is no echo.</param>
    public async ValueTask<ShareResult> ShareAsync(
        Snapshot snapshot,
        CancellationToken cancellation,
        bool byHand = false
    )
    {
        // 1. Capture: the adapter read the clipboard; from here on the copy has a name.
        var id = ports.NewClipId();
        var capture = stages.Begin(Stages.Capture, id);
        capture.Note = $"{snapshot.Representations.Count} formats";
        capture.Dispose();

        // 2. Admit
        var admit = stages.Begin(Stages.Admit, id);
        var context = new AdmissionContext(
            device.IsPaused,
            device.Echo,
            settings.Secrets,
            settings.Excluded,
            settings.MaxContent,
            device.SteadyNow,
            device.Now
        )
        {
            ByHand = byHand,
        };
        var admitted = Admission.Decide(snapshot, context);
        admit.Note = admitted.Verdict.ToString();
        admit.Dispose();
        if (admitted.Content is not { } content)
        {
            _bounces.Note(admitted.Verdict);
            _log.NotAdmitted(admitted.Verdict.ToString());
            return new ShareResult(admitted.Verdict, null, null, 0);
        }

        try
        {
            var shared =
                content.Sensitivity == Sensitivity.Secret
                    ? secrets.Share(id, content)
                    : await RecordAsync(id, content, cancellation);
            device.Echo.Copied(id, snapshot, content.Sensitivity, device.SteadyNow);
            return shared;
        }
        catch (StoreException failure)
        {
            _notRecorded = new(WarningCodes.CopyNotRecorded, $"The last copy was not shared: {failure.Message}");
            _log.NotRecorded(failure.Failure.ToString(), failure);
            return new ShareResult(admitted.Verdict, null, failure, 0);
        }
    }

    private async ValueTask<ShareResult> RecordAsync(ClipId id, ClipContent content, CancellationToken cancellation)
    {
        // 3. Record: stamped, signed, kept, with a delivery row for each peer, all in one transaction.
        using var record = stages.Begin(Stages.Record, id);
        // The stamp first: what others copy while this is sealed is newer.
        var sealedBefore = content.Representations.Select(one => one.Promise).OfType<SealedContent>().FirstOrDefault();
        var stamp = sealedBefore?.Begun ?? device.Stamps.Next(device.CircleNow);
        var terms = SealingTerms.Now(ports, device, settings, _next.Overtaken);
        var (representations, files) = await blobs.SealLargeAsync(content, terms, cancellation);
        // 4. Distribute: by the rules, and before it is signed, so that others know not to pass on what is kept from somebody.
        var distribute = stages.Begin(Stages.Distribute, id);
        var recipients = Distribution.Recipients(device.Circle, device.Rules, content);
        distribute.Note = $"{recipients.Count} peers";
        distribute.Dispose();
        var clip = ClipWriter.Sign(
            device.Key,
            device.Circle.Id,
            id,
            stamp,
            content.Sensitivity,
            representations,
            limited: recipients.Count < device.Circle.Peers.Count,
            files
        );

        List<StoreWrite> writes = [new InsertClip(new StoredClip(clip, ClipState.Complete, Claim: true, device.Now))];
        writes.AddRange(device.EndFutureClaims());
        try
        {
            await courier.RecordAsync(clip, recipients, writes, cancellation);
        }
        catch (StoreException)
        {
            await blobs.DiscardAsync(representations);
            throw;
        }
        _notRecorded = null;
        _log.Recorded(id.Short, representations.Count, content.Size, recipients.Count);
        await blobs.MakeRoomAsync(clip, cancellation);
        return new ShareResult(AdmitVerdict.Admitted, clip, null, recipients.Count);
    }
}
