using System.Net;
using Toss.Wire;

namespace Toss.Transport.Mdns;

/// <summary>What is found on the networks of this machine. It is not proved: whoever is dialled there has to.</summary>
public abstract record LanEvent
{
    private LanEvent() { }

    /// <summary>All addresses at which a companion is now, the likeliest first; none any more.</summary>
    public sealed record PeerSeen(DeviceId Peer, IReadOnlyList<IPEndPoint> EndPoints) : LanEvent;

    /// <summary>Somebody shows a code with a slot that is sought, at these addresses.</summary>
    public sealed record SlotSeen(ReadOnlyMemory<byte> Slot, IReadOnlyList<IPEndPoint> EndPoints) : LanEvent;
}
