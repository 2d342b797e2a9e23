using Toss.Wire;

namespace Toss.Agent;

/// <summary>What large content is on its way, in and out, in this run of the process.</summary>
internal sealed class Transfers(Device device)
{
    /// <summary>A peer that asks for nothing for so long has all that it wanted, or is gone.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(1);

    private readonly List<Transfer> _all = [];

    /// <summary>One begins, goes on, or is over.</summary>
    public event Action? Changed;
    private int _numbered;

    /// <summary>In the order they began.</summary>
    public IReadOnlyList<Transfer> All
    {
        get
        {
            _all.RemoveAll(one =>
                one is { IsIncoming: false, IsRunning: false, IsUnderWay: false }
                && device.SteadyNow - one.WantedAt >= Forgotten
            );
            return _all;
        }
    }

    /// <summary>A clip that comes: the one that waits for it, or a new one.</summary>
    public Transfer Incoming(ClipId clip, long total) =>
        _all.Find(one => one.IsIncoming && one.Clip == clip) ?? Add(clip, null, total, isIncoming: true);

    /// <summary>A blob that goes to a peer, in as many ranges as it asks for; null before <see cref="Outgoing"/>.</summary>
    public Transfer? OutgoingTo(DeviceId peer, BlobId blob) =>
        All.FirstOrDefault(one => one is { IsIncoming: false, Relay: null } && one.Peer == peer && one.Blob == blob);

    public Transfer Outgoing(DeviceId peer, BlobId blob, ClipId? clip, long total)
    {
        var transfer = Add(clip, blob, total, isIncoming: false);
        transfer.Peer = peer;
        return transfer;
    }

    /// <summary>A blob that goes to a relay.</summary>
    public Transfer Uploading(BlobId blob, ClipId? clip, long total, Uri relay) =>
        Add(clip, blob, total, isIncoming: false, relay);

    public void End(Transfer transfer)
    {
        if (_all.Remove(transfer))
        {
            Changed?.Invoke();
        }
    }

    public void EndIncoming(ClipId clip)
    {
        if (_all.RemoveAll(one => one.IsIncoming && one.Clip == clip) > 0)
        {
            Changed?.Invoke();
        }
    }

    private Transfer Add(ClipId? clip, BlobId? blob, long total, bool isIncoming, Uri? relay = null)
    {
        var transfer = new Transfer(++_numbered, total, () => device.SteadyNow)
        {
            IsIncoming = isIncoming,
            Clip = clip,
            Blob = blob,
            Relay = relay,
            Begun = () => Changed?.Invoke(),
        };
        _all.Add(transfer);
        return transfer;
    }
}
