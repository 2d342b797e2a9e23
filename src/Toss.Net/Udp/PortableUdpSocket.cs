using System.Net;
using System.Net.Sockets;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// One datagram a call, by what .NET has on every system. The overloads with <see cref="SocketAddress"/> allocate nothing;
/// their failures are exceptions, which is why nothing is received before the system says that something is there.
/// </summary>
internal sealed class PortableUdpSocket : UdpSocket
{
    /// <summary>Errors that came instead of datagrams and are passed over in one call; they must not hold the loop.</summary>
    private const int MaxErrors = 8;

    private readonly SocketAddress _to;
    private readonly SocketAddress _from;

    public PortableUdpSocket(Socket socket, int carrier)
        : base(socket, carrier)
    {
        _to = new(Family);
        _from = new(Family);
        Features = SocketSetup.TryForbidFragments(socket) ? UdpFeatures.DontFragment : UdpFeatures.None;
        SocketSetup.IgnoreRefusals(socket);
    }

    public override UdpFeatures Features { get; }

    private protected override bool TryReceiveCore(out ReceivedBatch batch)
    {
        for (var errors = 0; errors < MaxErrors && Socket.Poll(0, SelectMode.SelectRead); errors++)
        {
            try
            {
                var length = Socket.ReceiveFrom(Received.Span, SocketFlags.None, _from);
                var from = SocketAddresses.Read(_from.Buffer.Span, Family, Carrier);
                batch = new(Received.Span[..length], length, ecn: 0, from);
                return true;
            }
            catch (SocketException)
            {
                // An error that ICMP brought, or a datagram whose checksum was wrong after all.
            }
        }
        batch = default;
        return false;
    }

    private protected override SendResult TrySendCore(
        in NetworkPath to,
        ReadOnlySpan<byte> bytes,
        int segmentSize,
        byte ecn,
        out int sent
    )
    {
        SocketAddresses.Write(to, Family, _to.Buffer.Span);
        sent = 0;
        while (sent < bytes.Length)
        {
            var datagram = bytes.Slice(sent, Math.Min(segmentSize, bytes.Length - sent));
            try
            {
                Socket.SendTo(datagram, SocketFlags.None, _to);
            }
            catch (SocketException exception)
            {
                switch (exception.SocketErrorCode)
                {
                    case SocketError.NoBufferSpaceAvailable:
                        break; // a full queue of the interface, for which there is no wait: lost
                    case SocketError.WouldBlock:
                        return SendResult.WouldBlock;
                    case SocketError.MessageSize:
                        return SendResult.TooLarge;
                    default:
                        return SendResult.Unreachable;
                }
            }
            sent += datagram.Length;
        }
        return SendResult.Sent;
    }
}
