using System.Net;
using System.Net.Sockets;
using Toss.Net.Mdns;
using Toss.Transport.Mdns;

namespace Toss.Testing.Simulation;

/// <summary>Multicast DNS of one life of a simulated device: the group is everybody in its LAN.</summary>
internal sealed class SimMulticastSockets(SimNet net, string node, SimContext process) : IMulticastSockets
{
    public IReadOnlyList<LanInterface> Interfaces() =>
        [
            .. net.AddressesOf(node)
                .GroupBy(static address => address.AddressFamily)
                .Select(static family => new LanInterface(
                    Index: 1,
                    family.Key == AddressFamily.InterNetworkV6,
                    [.. family.Select(SimLinkSockets.LanOf)]
                )),
        ];

    public IMulticastSocket? Open(LanInterface lan, MulticastHeard heard)
    {
        var any = lan.IsV6 ? IPAddress.IPv6Any : IPAddress.Any;
        var socket = net.Bind(node, process, new IPEndPoint(any, MdnsNames.Port), shared: true);
        var group = MdnsNames.GroupOf(lan.IsV6);
        socket.Join(group.Address);
        socket.Hears = datagram => heard(datagram.Payload.Span, datagram.From);
        return new Socket(socket, group);
    }

    private sealed class Socket(SimUdpSocket socket, IPEndPoint group) : IMulticastSocket
    {
        public void Send(ReadOnlySpan<byte> bytes, IPEndPoint? to) => socket.SendTo(bytes, to ?? group);

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
