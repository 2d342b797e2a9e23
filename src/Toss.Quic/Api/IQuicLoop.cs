namespace Toss.Quic;

/// <summary>The one loop that owns an endpoint, as other threads see it.</summary>
public interface IQuicLoop
{
    /// <summary>
    /// Has the loop run <paramref name="action"/> soon, on its own thread, and then drain the endpoint as after a datagram:
    /// <see cref="QuicEndpoint.TryTransmit"/> until it returns false. Never waits and never runs it at once. What is refused
    /// is done in the loop's next turn all the same; a loop that has no next turn says so by
    /// <see cref="QuicEndpoint.Abandon"/>.
    /// </summary>
    /// <returns>False if too much waits already, or the loop has ended.</returns>
    bool TryPost(Action action);
}
