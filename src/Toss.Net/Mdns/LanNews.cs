using System.Net;
using Toss.Core.Ports;
using Toss.Net.Links;
using Toss.Transport.Mdns;
using Toss.Wire;

namespace Toss.Net.Mdns;

/// <summary>Hands what is seen to who dials.</summary>
internal sealed class LanNews(LinkNetwork links) : ILanNews
{
    /// <summary>What the settings of links let this device show; nothing without a port, or to nobody.</summary>
    public static LanBeacon? BeaconOf(LinkSettings? settings, LanPorts? ports) =>
        settings is { Peers.Count: > 0 } && ports is not null
            ? new LanBeacon(
                settings.BeaconKey,
                ports,
                [.. settings.Peers.Select(peer => new LanPeer(peer.Device, peer.BeaconKey))]
            )
            : null;

    public void PeerSeen(DeviceId peer, IReadOnlyList<IPEndPoint> endPoints) => links.LearnNear(peer, endPoints);

    public void SlotSeen(ReadOnlyMemory<byte> slot, IReadOnlyList<IPEndPoint> endPoints)
    {
        // Nobody seeks one yet.
    }
}
