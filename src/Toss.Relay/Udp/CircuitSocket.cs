using System.Net;
using System.Net.Sockets;
using Toss.Relay.Routing;

namespace Toss.Relay.Udp;

/// <summary>A socket of the system that does not block: one that is full drops, as the network would.</summary>
public sealed class CircuitSocket(Socket socket) : ICircuitSocket
{
    public void Send(ReadOnlySpan<byte> packets, int size, IPEndPoint to)
    {
        for (var step = size == 0 ? packets.Length : size; !packets.IsEmpty; )
        {
            var packet = packets[..Math.Min(step, packets.Length)];
            packets = packets[packet.Length..];
            try
            {
                socket.SendTo(packet, SocketFlags.None, to);
            }
            catch (SocketException)
            {
                // This one is lost, which whoever waits for it notices; the next may pass.
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
    }
}
