using Google.Protobuf;
using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Sync;
using Toss.Crypto.Envelopes;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Stages 5 to 7: carries durable delivery rows to peers. A row is sealed when its bytes can leave, resending repeats
/// those bytes, peers are independent; the roster goes first, then the newest clip.
/// </summary>
internal sealed class Courier(
    AgentPorts ports,
    Device device,
    SealStep sealing,
    BlobPlacement blobs,
    PeerPresence presence,
    Stages stages
)
{
    /// <summary>Rows read at a time: each is at most an envelope.</summary>
    private const int Batch = 16;

    /// <summary>How long a row rests after a path said no for a reason that time may cure.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ILogger _log = ports.Logs.CreateLogger<Courier>();
    private readonly Wake _wake = new(ports.Time);
    private readonly Dictionary<DeviceId, string> _waiting = [];
    private readonly Dictionary<DeviceId, Task> _rounds = [];

    /// <summary>There may be something to carry: a new row, a path, an upload that ended.</summary>
    public void Wake() => _wake.Ring();

    /// <summary>Why rows to this peer wait; null if none do.</summary>
    public string? WaitingReason(DeviceId peer) => _waiting.GetValueOrDefault(peer);

    public Delivery NewClipDelivery(DeviceId peer, Clip clip) => NewClipDelivery(peer, clip.Id, clip.Stamp);

    public Delivery NewClipDelivery(DeviceId peer, ClipId clip, ClipStamp stamp) =>
        NewDelivery(peer) with
        {
            Clip = clip,
            Stamp = stamp,
        };

    /// <summary>A row that carries something other than a clip.</summary>
    public Delivery NewDelivery(DeviceId peer, EnvelopePlaintext body) =>
        NewDelivery(peer) with
        {
            Body = body.ToByteArray(),
        };

    /// <summary>
    /// Commits a clip's rows with what else is to be written. Where the bytes can leave over a link at once, stage 5 is part of that
    /// commit: the disk is waited for once instead of twice.
    /// </summary>
    public async ValueTask RecordAsync(
        Clip clip,
        IReadOnlyList<DeviceId> recipients,
        IReadOnlyList<StoreWrite> writes,
        CancellationToken cancellation
    )
    {
        var rows = recipients.Select(peer => NewClipDelivery(peer, clip)).ToList();
        IReadOnlyList<StoreWrite> recorded = [.. writes, .. rows.Select(row => new InsertDelivery(row))];
        var first = clip.Blobs.Any() ? null : rows.Find(row => IsFree(row.Peer));
        if (first is null || !await IsSealedWithAsync(recorded, clip, first, cancellation))
        {
            await ports.Store.CommitAsync(StoreStep.RecordClip, recorded, cancellation);
        }
        Wake();
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                foreach (var peer in device.Circle.Peers)
                {
                    if (!_rounds.TryGetValue(peer.Device, out var round) || round.IsCompleted)
                    {
                        _rounds[peer.Device] = RoundAsync(peer, cancellation);
                    }
                    else
                    {
                        // Still busy with this peer: look again when that round ends.
                        _again.Add(peer.Device);
                    }
                }
                await _wake.WaitAsync(Rest, cancellation);
            }
        }
        finally
        {
            await Task.WhenAll(_rounds.Values);
        }
    }

    private readonly HashSet<DeviceId> _again = [];

    /// <summary>A link stands, and nothing goes or waits before what comes now.</summary>
    private bool IsFree(DeviceId peer) =>
        ports.Network.PathTo(peer)?.IsLink == true
        && !_waiting.ContainsKey(peer)
        && (!_rounds.TryGetValue(peer, out var round) || round.IsCompleted);

    /// <summary>False if it cannot be sealed now: nothing is committed then, and the row waits like any other.</summary>
    private async ValueTask<bool> IsSealedWithAsync(
        IReadOnlyList<StoreWrite> recorded,
        Clip clip,
        Delivery row,
        CancellationToken cancellation
    )
    {
        if (device.Circle.Peer(row.Peer) is not { } peer)
        {
            return false;
        }
        using var seal = stages.Begin(Stages.Seal, clip.Id);
        try
        {
            var result = await sealing.SealAsync(
                peer,
                row.Message,
                new EnvelopePlaintext { Clip = clip.Signed },
                StoreStep.RecordClip,
                result =>
                    [.. recorded, new SealDelivery(row.Peer, row.Message, result.Envelope, result.Session, device.Now)],
                cancellation
            );
            seal.Note = result.Status.ToString();
            return result.Status == SealStatus.Sealed;
        }
        catch (StoreException failure) when (failure.Failure is StoreFailure.Damaged or StoreFailure.Busy)
        {
            // What is wrong with the sessions of one peer keeps no copy from history, nor from the others.
            _log.WorkFailed("Sealing what is recorded", failure);
            return false;
        }
    }

    private async Task RoundAsync(DeviceCard peer, CancellationToken cancellation)
    {
        try
        {
            do
            {
                _again.Remove(peer.Device);
                await DrainAsync(peer.Device, cancellation);
            } while (_again.Contains(peer.Device));
        }
        catch (OperationCanceledException)
        {
            // The agent ends; rows are durable.
        }
        catch (StoreException failure)
        {
            Waits(peer.Device, failure.Message);
            _log.WorkFailed("A delivery", failure);
        }
    }

    private async ValueTask DrainAsync(DeviceId peerId, CancellationToken cancellation)
    {
        var skipped = new HashSet<MessageId>();
        while (device.Circle.Peer(peerId) is { } peer)
        {
            var rows = await ports.Store.OutgoingDeliveriesAsync(peerId, Batch + skipped.Count, cancellation);
            var row = rows.FirstOrDefault(row => !skipped.Contains(row.Message));
            if (row is null)
            {
                if (rows.Count == 0)
                {
                    _waiting.Remove(peerId);
                }
                await blobs.StoreUnfetchedAsync(peer, cancellation);
                return;
            }
            switch (await CarryAsync(peer, row, cancellation))
            {
                case Carried.Done:
                    break;
                case Carried.Skip:
                    skipped.Add(row.Message);
                    break;
                case Carried.Stop:
                    return;
            }
        }
    }

    private async ValueTask<Carried> CarryAsync(DeviceCard peer, Delivery row, CancellationToken cancellation)
    {
        // 7. Find a path: asked first, since a row without a path stays unsealed and costs no key. A peer that is away
        // has its mailboxes, as long as one of their relays is there.
        var path = stages.Begin(Stages.FindPath, row.Clip);
        var found =
            ports.Network.PathTo(peer.Device)?.Kind.ToString() ?? (presence.ReachesMailbox(peer) ? "Mailbox" : null);
        path.Note = found ?? "none";
        path.Dispose();
        if (found is null)
        {
            var meets = peer.Addresses.Any(address => device.HasMailboxAt(address.Relay));
            Waits(peer.Device, meets ? "no path" : "no relay in common");
            blobs.KeepWaiting(peer.Device);
            return Carried.Stop;
        }

        var envelope = row.Envelope;
        if (envelope is null)
        {
            var body = await BodyAsync(row, peer, cancellation);
            if (body is null)
            {
                return Carried.Skip;
            }

            // 5. Seal: session and ciphertext are durable before a byte leaves.
            using var seal = stages.Begin(Stages.Seal, row.Clip);
            var result = await sealing.SealAsync(
                peer,
                row.Message,
                body,
                StoreStep.SealDelivery,
                result => [new SealDelivery(peer.Device, row.Message, result.Envelope, result.Session, device.Now)],
                cancellation
            );
            seal.Note = result.Status.ToString();
            if (result.Status != SealStatus.Sealed)
            {
                Waits(
                    peer.Device,
                    result.Status == SealStatus.StalePrekey ? "its key is too old" : "it cannot be sealed"
                );
                return Carried.Skip;
            }
            envelope = result.Envelope;
        }

        // 6. Send
        using var send = stages.Begin(Stages.Send, row.Clip);
        var sent = await ports.Network.SendAsync(peer.Device, envelope.Value, Limits.Delivery, cancellation);
        send.Note = sent.Path is { } way ? $"{sent.Status}, {WayOf(way)}" : sent.Status.ToString();
        return await SentAsync(peer, row, sent, cancellation);
    }

    /// <summary>The way that bytes took, for `toss trace`: what kind of path, and over which kind of address.</summary>
    private static string WayOf(PeerPathStatus way) =>
        way switch
        {
            { Kind: PeerPathKind.Lan, Remote: { } there } => $"lan link, {AddressKind.Of(there.Address)}",
            { Remote: { } there } => $"direct link, {AddressKind.Of(there.Address)}",
            { IsPeerThere: true } => "relay",
            _ => "mailbox",
        };

    private async ValueTask<Carried> SentAsync(
        DeviceCard peer,
        Delivery row,
        SendResult sent,
        CancellationToken cancellation
    )
    {
        _log.Sent(peer.Device.Short, sent.Status.ToString());
        switch (sent.Status)
        {
            case SendStatus.Accepted:
                _waiting.Remove(peer.Device);
                await ports.Store.CommitAsync(
                    StoreStep.SendDelivery,
                    [new MarkDelivery(peer.Device, row.Message, DeliveryState.Sent, RefusalReason.None, device.Now)],
                    cancellation
                );
                return Carried.Done;
            case SendStatus.TooLarge:
                await ports.Store.CommitAsync(
                    StoreStep.SendDelivery,
                    [
                        new MarkDelivery(
                            peer.Device,
                            row.Message,
                            DeliveryState.Refused,
                            RefusalReason.TooLarge,
                            device.Now
                        ),
                    ],
                    cancellation
                );
                return Carried.Done;
            case SendStatus.Full:
                Waits(peer.Device, "its mailbox is full");
                return Carried.Stop;
            case SendStatus.NotAllowed:
                // The peer has not yet told its relay about us, or it removed us; it may still be on its way.
                Waits(peer.Device, "its mailbox does not know this device");
                return Carried.Stop;
            default:
                Waits(peer.Device, "no path");
                return Carried.Stop;
        }
    }

    /// <summary>What is to be sealed; null if the row has to wait or is done with.</summary>
    private async ValueTask<EnvelopePlaintext?> BodyAsync(Delivery row, DeviceCard peer, CancellationToken cancellation)
    {
        if (row.Body is { } body)
        {
            return EnvelopePlaintext.Parser.ParseFrom(body.Span);
        }
        var stored = row.Clip is { } id ? await ports.Store.FindClipAsync(id, cancellation) : null;
        if (stored is null || device.Rules.Of(SharingDirection.Out, peer.Device, stored.Clip) == Sharing.Never)
        {
            // Deleted before it left, or a rule came meanwhile: there is nothing to deliver any more.
            await ports.Store.CommitAsync(
                StoreStep.SendDelivery,
                [new MarkDelivery(peer.Device, row.Message, DeliveryState.Expired, RefusalReason.Expired, device.Now)],
                cancellation
            );
            return null;
        }
        if (await IsFetchableAsync(stored.Clip, peer, cancellation))
        {
            return new EnvelopePlaintext { Clip = stored.Clip.Signed };
        }
        return null;
    }

    private async ValueTask<bool> IsFetchableAsync(Clip clip, DeviceCard peer, CancellationToken cancellation)
    {
        var placed = await blobs.PlaceAsync(clip, peer, cancellation);
        if (placed.Why is { } why)
        {
            Waits(peer.Device, why);
        }
        return placed.Status == BlobTransferStatus.Done;
    }

    private Delivery NewDelivery(DeviceId peer) =>
        new(
            peer,
            sealing.NewMessageId(),
            DeliveryState.Waiting,
            device.Now,
            Clip: null,
            Stamp: null,
            Body: null,
            Envelope: null,
            Session: null,
            ChangedAt: null,
            RefusalReason.None
        );

    private void Waits(DeviceId peer, string reason)
    {
        if (!_waiting.TryGetValue(peer, out var known) || known != reason)
        {
            _log.DeliveriesWait(peer.Short, reason);
        }
        _waiting[peer] = reason;
    }

    private enum Carried
    {
        Done,
        Skip,
        Stop,
    }
}
