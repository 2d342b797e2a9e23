using System.Net;

namespace Toss.Relay.Routing;

/// <summary>A socket that circuits leave by.</summary>
public interface ICircuitSocket
{
    /// <summary>Sends packets of one size, the last perhaps shorter, once and without a promise; never waits, never throws.</summary>
    /// <param name="size">Of each; 0: all of it is one.</param>
    void Send(ReadOnlySpan<byte> packets, int size, IPEndPoint to);
}

/// <summary>Where one side of a circuit receives by UDP: it has shown that it does.</summary>
public sealed record CircuitWay(ICircuitSocket Socket, IPEndPoint Source);
