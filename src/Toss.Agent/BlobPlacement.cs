using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Where a peer finds the blobs of a clip. One that is there fetches them from here, by a link or a circuit, and no relay stores
/// them; for one that is away they are put where it will look. A peer that was to fetch, and is away or silent before it
/// did, is one of the latter from then on: this device may be off when it is back.
/// </summary>
internal sealed class BlobPlacement(AgentPorts ports, Device device, BlobUploads uploads, BlobServing serving)
{
    /// <summary>
    /// A peer behind a relay fetches at once, or sleeps: the relay takes 75 s to notice that. One that is fetching is waited for.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // Peers that nothing is left here for. At the start of the process nobody knows.
    private readonly HashSet<DeviceId> _settled = [];

    /// <summary>
    /// Done if a peer that reads of this clip now finds its blobs; no path while they are on their way; refused where there is
    /// no relay to put them.
    /// </summary>
    public async ValueTask<BlobTransferStatus> PlaceAsync(Clip clip, DeviceCard peer, CancellationToken cancellation)
    {
        if (!clip.Blobs.Any())
        {
            return BlobTransferStatus.Done;
        }
        if (ports.Network.CanStream(peer.Device))
        {
            _settled.Remove(peer.Device);
            return BlobTransferStatus.Done;
        }
        return uploads.PlaceFor(peer) is { } place
            ? await uploads.EnsureStoredAsync(clip, place, cancellation)
            : BlobTransferStatus.Refused;
    }

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
            if (
                MayStillFetch(peer.Device, row)
                || await uploads.EnsureStoredAsync(stored.Clip, place, cancellation) != BlobTransferStatus.Done
            )
            {
                _settled.Remove(peer.Device);
            }
        }
    }

    private bool MayStillFetch(DeviceId peer, Delivery row) =>
        ports.Network.CanStream(peer)
        && (
            ports.Network.PathTo(peer)?.IsLink == true
            || serving.IsServing(peer)
            || (device.Now - (row.ChangedAt ?? row.CreatedAt)).Duration() < Patience
        );
}
