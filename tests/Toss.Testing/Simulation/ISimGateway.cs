using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>
/// What sits between a LAN and the rest: a NAT, a firewall, both, or, where a test says so, something that remembers what
/// passed. Called in the order things happen; it may look at the world's clock and must not draw from anything but the seed.
/// </summary>
public interface ISimGateway
{
    /// <summary>Addresses that the rest of the world reaches it by.</summary>
    IReadOnlyList<IPAddress> Addresses { get; }

    /// <summary>On the way out: the datagram as the world sees it; null if it is dropped.</summary>
    SimDatagram? Leave(SimDatagram datagram);

    /// <summary>On the way in, to one of its addresses: the datagram for a node inside; null if it is dropped.</summary>
    SimDatagram? Enter(SimDatagram datagram);
}
