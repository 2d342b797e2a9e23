using System.Net;
using Toss.Wire;

namespace Toss.Net.Mdns;

/// <summary>What is seen on the networks of this machine. None of it is proved.</summary>
internal interface ILanNews
{
    /// <summary>All addresses at which a companion shows itself now.</summary>
    void PeerSeen(DeviceId peer, IReadOnlyList<IPEndPoint> endPoints);

    /// <summary>Somebody shows a slot that is sought.</summary>
    void SlotSeen(ReadOnlyMemory<byte> slot, IReadOnlyList<IPEndPoint> endPoints);
}
