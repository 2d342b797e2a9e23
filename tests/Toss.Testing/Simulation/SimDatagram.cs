using System.Net;
using System.Net.Sockets;

namespace Toss.Testing.Simulation;

/// <summary>A UDP datagram as it is seen at one place of the way: gateways put another endpoint in.</summary>
public sealed record SimDatagram(IPEndPoint From, IPEndPoint To, ReadOnlyMemory<byte> Payload)
{
    /// <summary>As the sender set it, and as links changed it.</summary>
    public SimEcn Ecn { get; init; }

    /// <summary>With the headers of IP (RFC 791, RFC 8200; no options) and UDP.</summary>
    public int PacketSize => Payload.Length + 8 + (To.AddressFamily == AddressFamily.InterNetwork ? 20 : 40);
}
