using System.Net;
using Toss.Transport.Mdns;

namespace Toss.Net.Mdns;

/// <summary>Makes the sockets of multicast DNS: the system's, or a simulation's.</summary>
public interface IMulticastSockets
{
    /// <summary>Interfaces that have multicast now, the likeliest to lead to a companion first. Asks the system.</summary>
    IReadOnlyList<LanInterface> Interfaces();

    /// <summary>In the group on this interface, beside other programs that are; null if the system gives no socket.</summary>
    /// <param name="heard">Called with each datagram, from any thread, one at a time.</param>
    IMulticastSocket? Open(LanInterface lan, MulticastHeard heard);
}

/// <summary>The bytes are good during the call.</summary>
public delegate void MulticastHeard(ReadOnlySpan<byte> bytes, IPEndPoint from);

public interface IMulticastSocket : IAsyncDisposable
{
    /// <summary>To the group, or to one; fire and forget, as UDP is. Never throws for the network's sake.</summary>
    void Send(ReadOnlySpan<byte> bytes, IPEndPoint? to);
}
