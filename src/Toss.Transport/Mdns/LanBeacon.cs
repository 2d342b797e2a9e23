using Toss.Wire;

namespace Toss.Transport.Mdns;

/// <summary>Who this device is to its companions on a network, and how it knows them.</summary>
/// <param name="Key">Its beacon key.</param>
public sealed record LanBeacon(ReadOnlyMemory<byte> Key, LanPorts Ports, IReadOnlyList<LanPeer> Peers);

/// <param name="BeaconKey">From its Card.</param>
public sealed record LanPeer(DeviceId Device, ReadOnlyMemory<byte> BeaconKey);

/// <summary>UDP ports at which something listens, by family; zero: not in that one.</summary>
public sealed record LanPorts(ushort V4, ushort V6)
{
    public ushort Of(bool isV6) => isV6 ? V6 : V4;
}
