using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Where a peer finds the blobs of a clip. One that is there fetches them from here, by a link or a circuit, and no relay stores
/// them; for one that is away they are put where it will look. A peer that was to fetch, and is away or silent before it
/// did, is one of the latter from then on: this device may be off when it is back. One that had all of it, and only did not say
/// so yet, is not; nor is one whose link broke a moment ago: it may be back.
/// </summary>
internal sealed class BlobPlacement(
    AgentPorts ports,
    Device device,
    BlobUploads uploads,
    BlobServing serving,
    Stages stages
)
{
    /// <summary>
    /// A peer behind a relay fetches at once, or sleeps: the relay takes 75 s to notice that. One that is fetching is waited for.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>How often it is looked whether a peer that asks for a blob fetches it after all.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Rows of which it is known why they wait; those beyond are looked at again within a minute.</summary>
    private const int WaitingAtMost = 1024;

    // Peers that nothing is left here for. At the start of the process nobody knows.
    private readonly HashSet<DeviceId> _settled = [];
    private readonly Dictionary<(DeviceId Peer, ClipId Clip), Placed> _waiting = [];
    private readonly HashSet<(DeviceId Peer, ClipId Clip)> _left = [];

    /// <summary>
    /// Done if a peer that reads of this clip now finds its blobs; no path while they are on their way; refused where there is
    /// no relay to put them.
    /// </summary>
    public async ValueTask<Placed> PlaceAsync(Clip clip, DeviceCard peer, CancellationToken cancellation)
    {
        if (!clip.Blobs.Any())
        {
            return Placed.Done;
        }
        if (ports.Network.CanStream(peer.Device))
        {
            _settled.Remove(peer.Device);
            return Note(clip.Id, peer.Device, Placed.Done);
        }
        if (uploads.PlaceFor(peer) is not { } place)
        {
            return Note(clip.Id, peer.Device, new Placed(BlobTransferStatus.Refused, "no path"));
        }
        var status = await uploads.EnsureStoredAsync(clip, peer.Device, place, cancellation);
        if (
            status == BlobTransferStatus.NoPath
            && !uploads.IsMoving(clip, place)
            && _waiting.TryGetValue((peer.Device, clip.Id), out var before)
        )
        {
            // Tried again, and no answer yet: what was in the way is, as far as anybody knows.
            return before;
        }
        var why =
            status == BlobTransferStatus.NoPath && uploads.IsMoving(clip, place)
                ? $"its content goes to {place.Host} first"
                : BlobUploads.WhyNot(status, place);
        return Note(clip.Id, peer.Device, new Placed(status, why));
    }

    /// <summary>Its rows wait for a path, and what is half-way to a relay for it is still to go there.</summary>
    public void KeepWaiting(DeviceId peer) => uploads.Keep(peer);

    /// <summary>Why a row waits for a place for its content, in a word; null if it does not.</summary>
    public string? WhyWaits(DeviceId peer, ClipId clip) =>
        _waiting.TryGetValue((peer, clip), out var placed)
            ? placed.Status switch
            {
                BlobTransferStatus.QuotaExceeded => "relay-full",
                BlobTransferStatus.NoPath => "to-relay",
                BlobTransferStatus.Missing => "unreadable",
                _ => "no-relay",
            }
            : null;

    /// <summary>
    /// Stores what this peer was to fetch from here and did not; to be called again when an upload ended, the peer left, and
    /// now and then.
    /// </summary>
    public async ValueTask StoreUnfetchedAsync(DeviceCard peer, CancellationToken cancellation)
    {
        if (_settled.Contains(peer.Device) || uploads.PlaceFor(peer) is not { } place)
        {
            return;
        }
        _settled.Add(peer.Device);
        foreach (var row in await ports.Store.UnansweredDeliveriesAsync(peer.Device, cancellation))
        {
            var stored = row.Clip is { } id ? await ports.Store.FindClipAsync(id, cancellation) : null;
            if (stored is null || !stored.Clip.Blobs.Any())
            {
                continue;
            }
            if (MayStillFetch(peer.Device, row, stored.Clip))
            {
                _settled.Remove(peer.Device);
                continue;
            }
            var status = await uploads.EnsureStoredAsync(stored.Clip, peer.Device, place, cancellation);
            SayLeft(stored.Clip.Id, peer.Device, place);
            if (status != BlobTransferStatus.Done)
            {
                _settled.Remove(peer.Device);
            }
        }
    }

    /// <summary>
    /// A peer asks for a blob that it found nowhere. Where it may still fetch it from here, that is waited for: null if it did. Else
    /// where it is to be stored for it.
    /// </summary>
    /// <param name="asked">When, by the clock that nobody sets.</param>
    public async ValueTask<Uri?> PlaceForAskedAsync(
        DeviceId peer,
        BlobId blob,
        DateTimeOffset asked,
        CancellationToken cancellation
    )
    {
        while (
            serving.IsServing(peer)
            || WasJustThere(peer)
            || (ports.Network.CanStream(peer) && device.SteadyNow - asked < Patience)
        )
        {
            if (serving.HasAll(peer, blob) && serving.LastAskedBy(peer) >= asked)
            {
                return null;
            }
            await Task.Delay(Look, ports.Time, cancellation);
        }
        if (device.Circle.Peer(peer) is not { } card || uploads.PlaceFor(card) is not { } place)
        {
            return null;
        }
        foreach (var clip in await ports.Store.ClipsOfBlobAsync(blob, cancellation))
        {
            SayLeft(clip, peer, place);
        }
        return place;
    }

    private bool MayStillFetch(DeviceId peer, Delivery row, Clip clip) =>
        // Its answer is on the way; if not, it asks.
        clip.Blobs.All(blob => serving.HasAll(peer, blob.Id))
        || WasJustThere(peer)
        || (
            ports.Network.CanStream(peer)
            && (
                ports.Network.PathTo(peer)?.IsLink == true
                || serving.IsServing(peer)
                || (device.Now - (row.ChangedAt ?? row.CreatedAt)).Duration() < Patience
            )
        );

    /// <summary>It fetched a moment ago: a link that is cut comes back, or not.</summary>
    private bool WasJustThere(DeviceId peer) => device.SteadyNow - serving.LastAskedBy(peer) < Patience;

    /// <summary>For `toss status`, `history` and `trace`: what a row waits for, said when it changes.</summary>
    private Placed Note(ClipId clip, DeviceId peer, Placed placed)
    {
        var key = (peer, clip);
        if (placed.Why is null)
        {
            _waiting.Remove(key);
        }
        else if (!_waiting.TryGetValue(key, out var before) || before != placed)
        {
            using var stage = stages.Begin(Stages.FindPath, clip);
            stage.Note = $"for {device.Circle.NameOf(peer)}: {placed.Why}";
            if (_waiting.Count >= WaitingAtMost)
            {
                _waiting.Clear();
            }
            _waiting[key] = placed;
        }
        return placed;
    }

    /// <summary>Once for each: why a whole upload begins for what a link was to bring.</summary>
    private void SayLeft(ClipId clip, DeviceId peer, Uri place)
    {
        if (_left.Count >= WaitingAtMost)
        {
            _left.Clear();
        }
        if (_left.Add((peer, clip)))
        {
            using var stage = stages.Begin(Stages.FindPath, clip);
            stage.Note = $"{device.Circle.NameOf(peer)} left before it had all: it goes to {place.Host}";
        }
    }
}

/// <summary>Whether a peer finds the content of a clip, and if not, why, in words.</summary>
internal readonly record struct Placed(BlobTransferStatus Status, string? Why)
{
    public static readonly Placed Done = new(BlobTransferStatus.Done, null);
}
