using Toss.Wire;

namespace Toss.Transport.Mdns;

/// <summary>Who this device is to its companions on a network, and how it knows them.</summary>
/// <param name="Keys">Its beacon keys: the one in its Card, and those that companions may know it by who have an older one.</param>
public sealed record LanBeacon(IReadOnlyList<ReadOnlyMemory<byte>> Keys, LanPorts Ports, IReadOnlyList<LanPeer> Peers)
{
    public bool ShowsSameAs(LanBeacon other) =>
        Ports == other.Ports
        && Keys.Count == other.Keys.Count
        && Keys.Zip(other.Keys).All(static two => two.First.Span.SequenceEqual(two.Second.Span));
}

/// <param name="BeaconKey">From its Card.</param>
public sealed record LanPeer(DeviceId Device, ReadOnlyMemory<byte> BeaconKey);

/// <summary>UDP ports at which something listens, by family; zero: not in that one.</summary>
public sealed record LanPorts(ushort V4, ushort V6)
{
    public ushort Of(bool isV6) => isV6 ? V6 : V4;
}
