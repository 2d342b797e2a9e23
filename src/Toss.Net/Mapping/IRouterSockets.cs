using System.Net;

namespace Toss.Net.Mapping;

/// <summary>Finds the routers of this machine, and makes the sockets by which they are asked for ports.</summary>
public interface IRouterSockets
{
    /// <summary>The default routers of real interfaces now, by IPv4. Asks the system.</summary>
    IReadOnlyList<RouterPlace> Routers();

    /// <summary>Null if the system gives no socket.</summary>
    /// <param name="heard">Called with each datagram that comes, from any thread, one at a time.</param>
    IRouterSocket? Open(RouterPlace router, RouterHeard heard);
}

/// <summary>The bytes are good during the call.</summary>
public delegate void RouterHeard(IPEndPoint from, ReadOnlySpan<byte> bytes);

/// <param name="Own">This machine's address towards it.</param>
/// <param name="Router">Its address.</param>
public sealed record RouterPlace(IPAddress Own, IPAddress Router);

public interface IRouterSocket : IAsyncDisposable
{
    /// <summary>To the router and nobody else; fire and forget. Never throws for the network's sake.</summary>
    void Send(ReadOnlySpan<byte> bytes);
}
