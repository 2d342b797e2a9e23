using Toss.Net.Links;
using Toss.Transport.Mdns;

namespace Toss.Net.Mdns;

/// <summary>The system's sockets at port 5353, beside those of others: avahi, Bonjour, a browser.</summary>
public sealed class UdpMulticastSockets : IMulticastSockets
{
    public IReadOnlyList<LanInterface> Interfaces() => LocalAddresses.WithMulticast();

    public IMulticastSocket? Open(LanInterface lan, MulticastHeard heard) => UdpMulticastSocket.TryOpen(lan, heard);
}
