using System.Net;

namespace Toss.Relay.Routing;

/// <summary>A socket that circuits leave by.</summary>
public interface ICircuitSocket
{
    /// <summary>
    /// Sends packets of one size, the last perhaps shorter, once and without a promise: one that is not taken is lost alone.
    /// Never waits, never throws.
    /// </summary>
    /// <param name="size">Of each; 0: all of it is one.</param>
    void Send(ReadOnlySpan<byte> packets, int size, IPEndPoint to);
}

/// <summary>Where one side of a circuit receives by UDP: it has shown that it does.</summary>
public sealed record CircuitWay(ICircuitSocket Socket, IPEndPoint Source);

/// <summary>What the gate lets out by UDP: to be sent once the gate is left, for each packet is a call of the system.</summary>
/// <param name="Size">Of each packet but the last, which may be shorter.</param>
internal readonly record struct CircuitPackets(CircuitWay Way, byte[] Packets, int Size)
{
    public void Send() => Way.Socket.Send(Packets, Size, Way.Source);
}
