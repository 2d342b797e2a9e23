using System.Threading.Channels;
using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent.Files;

/// <summary>
/// Files sent by hand: read as a set, sealed into a blob, recorded as a clip that no clipboard gets, with a delivery to each device.
/// Then it tells how far they are. Letting go of it stops what has not arrived: nothing of it stays then, here or there.
/// </summary>
internal sealed class FileSending(DeviceAgent agent)
{
    private Clip? _clip;
    private bool _isTold;

    /// <summary>How often it is told how far it is: a bar that moves.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    /// <summary>A device that is there has a path by then.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private AgentPorts Ports => agent.Ports;

    private Device Device => agent.Device;

    /// <summary>Once <see cref="SendSealed"/> was told it goes on, whoever lets go of it: its bytes came from there and are needed no more.</summary>
    public bool GoesOnOnceSealed { get; init; }

    /// <summary>Of one set, once.</summary>
    public async Task RunAsync(
        Func<CancellationToken, ValueTask<IFileTree>> open,
        IReadOnlyList<DeviceCard> to,
        ChannelWriter<SendEvent> events,
        CancellationToken cancellation
    )
    {
        try
        {
            await RecordAsync(open, to, events, cancellation);
            await FollowAsync(_clip!, to, events, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            if (_clip is not null && !(_isTold && GoesOnOnceSealed))
            {
                await StopAsync(_clip, [.. to.Select(peer => peer.Device)]);
            }
        }
        catch (Exception failure) when (failure is ControlException or FileTreeException or StoreException)
        {
            await TellAsync(failure, events, cancellation);
        }
    }

    /// <summary>Who let go of it reads no more, and what is told has no room for ever.</summary>
    private static async ValueTask TellAsync(
        Exception failure,
        ChannelWriter<SendEvent> events,
        CancellationToken cancellation
    )
    {
        try
        {
            await events.WriteAsync(Describe(failure), cancellation);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to hear it.
        }
    }

    /// <summary>A person stopped one delivery of a set: if no device has it and none is to get it, it is not kept here either.</summary>
    public async ValueTask ForgetIfUnwantedAsync(ClipId id, CancellationToken cancellation)
    {
        if (
            await Ports.Store.FindClipAsync(id, cancellation) is { Clip: { Files.Sent: true } clip } stored
            && clip.Origin == Device.Id
            && (await Ports.Store.DeliveriesOfClipAsync(id, cancellation)).All(row =>
                row.State == DeliveryState.Refused && row.Reason == RefusalReason.Cancelled
            )
        )
        {
            // What a relay has of it would be fetched from there.
            await agent.Uploads.FreeAsync(stored, cancellation);
            await EraseAsync(id, cancellation);
        }
    }

    private async ValueTask RecordAsync(
        Func<CancellationToken, ValueTask<IFileTree>> open,
        IReadOnlyList<DeviceCard> to,
        ChannelWriter<SendEvent> events,
        CancellationToken cancellation
    )
    {
        await using var tree = await open(cancellation);
        var told = DateTimeOffset.MinValue;
        await using var source = new CountedSource(
            tree,
            agent.Settings.Retention.Bytes,
            () =>
            {
                if (Device.SteadyNow - told >= Step)
                {
                    told = Device.SteadyNow;
                    // Who reads slowly sees fewer.
                    _ = events.TryWrite(new SendReading(tree.Files, tree.Folders, tree.Done, tree.Size));
                }
            }
        );
        var blob = await agent.Blobs.SealAsync(source, cancellation);
        IReadOnlyList<Representation> set = [new Representation(MediaTypes.Files, blob.Length, null, blob)];
        try
        {
            var recipients = to.Select(peer => peer.Device).ToList();
            var clip = ClipWriter.Sign(
                Device.Key,
                Device.Circle.Id,
                agent.Ports.NewClipId(),
                Device.Stamps.Next(Device.CircleNow),
                Sensitivity.Normal,
                set,
                limited: recipients.Count < Device.Circle.Peers.Count,
                FileSets.SummaryOf(tree, sent: true)
            );
            await agent.Courier.RecordAsync(
                clip,
                recipients,
                [new InsertClip(new StoredClip(clip, ClipState.Complete, Claim: false, Device.Now))],
                cancellation
            );
            // From here on it is on its way: who lets go of it has it stopped.
            _clip = clip;
            await agent.Blobs.MakeRoomAsync(clip, cancellation);
            await events.WriteAsync(
                new SendSealed(
                    clip.Id.ToString(),
                    tree.Names,
                    tree.Files,
                    tree.Folders,
                    tree.Done,
                    [.. tree.Skipped.Take(FileSetLimits.SummaryNames).Select(one => new FileReport(one.Path, one.Why))],
                    [.. tree.Changed.Take(FileSetLimits.SummaryNames).Select(one => new FileReport(one.Path, one.Why))]
                ),
                cancellation
            );
            _isTold = true;
        }
        catch
        {
            if (!await IsRecordedAsync(blob.Id))
            {
                await agent.Blobs.DiscardAsync(set);
            }
            throw;
        }
    }

    private async ValueTask<bool> IsRecordedAsync(BlobId blob) =>
        (await Ports.Store.HeldBlobsAsync([blob], CancellationToken.None)).Count > 0;

    /// <summary>Until every device has answered, or is away.</summary>
    private async ValueTask FollowAsync(
        Clip clip,
        IReadOnlyList<DeviceCard> to,
        ChannelWriter<SendEvent> events,
        CancellationToken cancellation
    )
    {
        var begun = Device.SteadyNow;
        var look = new Wake(Ports.Time);
        var seen = new Dictionary<DeviceId, SendDelivery>();
        while (true)
        {
            var rows = await Ports.Store.DeliveriesOfClipAsync(clip.Id, cancellation);
            var isOver = true;
            foreach (var peer in to)
            {
                var now = Write(clip, peer, rows.FirstOrDefault(row => row.Peer == peer.Device));
                isOver &=
                    now.State is not ("sending" or "waiting" or "away")
                    || (now.State == "away" && Device.SteadyNow - begun >= Patience);
                if (seen.GetValueOrDefault(peer.Device) != now)
                {
                    seen[peer.Device] = now;
                    await events.WriteAsync(now, cancellation);
                }
            }
            if (isOver)
            {
                return;
            }
            await look.WaitAsync(Step, cancellation);
        }
    }

    private SendDelivery Write(Clip clip, DeviceCard peer, Delivery? row)
    {
        var transfer = clip
            .Blobs.Select(blob => agent.Transfers.OutgoingTo(peer.Device, blob.Id))
            .FirstOrDefault(static one => one is not null);
        var state = row?.State switch
        {
            DeliveryState.Applied => "received",
            DeliveryState.Kept => "kept",
            DeliveryState.Expired => "expired",
            DeliveryState.Refused => "refused",
            // Erased here meanwhile: nothing of it goes any more.
            null => "refused",
            // What it waits for, if anything, is in the transfer.
            _ when transfer is not null => "sending",
            _ when !agent.Presence.IsOnline(peer.Device) => "away",
            // By the relay: how far it is with that, only the device knows.
            DeliveryState.Sent => "sending",
            _ => "waiting",
        };
        return new SendDelivery(
            peer.Device.ToString(),
            peer.Name,
            state,
            row is { State: DeliveryState.Refused } ? StatusWriter.Word(row.Reason)
                : row is null ? StatusWriter.Word(RefusalReason.Cancelled)
                : state == "waiting" ? agent.Courier.WaitingReason(peer.Device)
                : null,
            state == "sending" && transfer is not null ? StatusWriter.Write(agent, transfer) : null
        );
    }

    /// <summary>What has not arrived does not arrive; what no device has is not kept here.</summary>
    private async ValueTask StopAsync(Clip clip, IReadOnlyList<DeviceId> to)
    {
        // Who has it keeps it.
        var rows = await Ports.Store.DeliveriesOfClipAsync(clip.Id, CancellationToken.None);
        IReadOnlyList<DeviceId> open =
        [
            .. to.Where(peer =>
                !rows.Any(row => row.Peer == peer && row.State is (DeliveryState.Applied or DeliveryState.Kept))
            ),
        ];
        foreach (var blob in clip.Blobs)
        {
            await agent.Serving.CancelAsync(blob.Id, open, CancellationToken.None);
            foreach (
                var upload in agent.Transfers.All.Where(one => one.Relay is not null && one.Blob == blob.Id).ToList()
            )
            {
                await agent.Uploads.CancelAsync(upload, CancellationToken.None);
            }
        }
        await ForgetIfUnwantedAsync(clip.Id, CancellationToken.None);
    }

    private async ValueTask EraseAsync(ClipId clip, CancellationToken cancellation)
    {
        await new BlobSweep(Ports).EraseAsync(
            () => Ports.Store.CommitAsync(StoreStep.EraseHistory, [new EraseClip(clip)], cancellation),
            cancellation
        );
        agent.Courier.Wake();
    }

    private static SendFailed Describe(Exception failure) =>
        failure switch
        {
            ControlException known => new SendFailed(known.Code, known.Message, known.Hint),
            FileTreeException { Failure: FileTreeFailure.TooMuch } much => new(
                ControlErrors.TooLarge,
                much.Message,
                null
            ),
            FileTreeException files => new(ControlErrors.InvalidArgument, files.Message, null),
            _ => new SendFailed(
                ControlErrors.Storage,
                failure.Message,
                "Nothing was sent. Files are encrypted on this disk before they go; there has to be room for them."
            ),
        };
}
