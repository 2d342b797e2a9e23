using System.Net;
using Toss.Net.Quic;
using Toss.Quic;
using Toss.Transport.Paths;

namespace Toss.Net.Links;

/// <summary>Makes the sockets that links use, and the loop that owns them: the system's, or a simulation's.</summary>
public interface ILinkSockets
{
    /// <summary>Binds and runs the endpoint until disposed; null if the system gives no socket.</summary>
    /// <param name="endpoint">It has no loop yet.</param>
    /// <param name="notQuic">Gets what else arrives, on the loop.</param>
    /// <param name="elsewhere">Takes what leaves by no socket, on the loop.</param>
    ILinkLoop? Start(QuicEndpoint endpoint, NotQuicReceived notQuic, DatagramsLeave? elsewhere = null);
}

/// <summary>Sockets at work. Disposing it ends the loop, without a word to any peer.</summary>
public interface ILinkLoop : IAsyncDisposable
{
    /// <summary>Where peers may find us now, the likeliest first.</summary>
    IReadOnlyList<IPEndPoint> Candidates();

    /// <summary>The networks this machine is in now.</summary>
    IReadOnlyList<LocalNetwork> Networks();

    /// <summary>Where the sockets are bound, whatever addresses lead there.</summary>
    IReadOnlyList<IPEndPoint> Locals { get; }

    /// <summary>The way to there; null if no socket leads to that family.</summary>
    NetworkPath? PathTo(IPEndPoint peer);

    /// <summary>Sends what is no QUIC from the same socket, once and without a promise.</summary>
    /// <param name="size">Of each datagram but the last, which may be shorter.</param>
    void Send(IPEndPoint to, byte[] datagrams, int size);

    /// <summary>
    /// Hands in what came by no socket: datagrams of one size, the last perhaps shorter. They are the loop's own from then on.
    /// </summary>
    void Deliver(NetworkPath from, byte[] datagrams, int size);
}
