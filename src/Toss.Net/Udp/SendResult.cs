namespace Toss.Net.Udp;

/// <summary>What became of a send. None of it is an error: the network decides, and the sender goes on.</summary>
internal enum SendResult
{
    /// <summary>The system took all of it; or it was lost at once because an interface's queue is full, as at any router.</summary>
    Sent,

    /// <summary>The socket's buffer is full; the loop says when there is room again.</summary>
    WouldBlock,

    /// <summary>The first datagram that was not taken is larger than the way out allows.</summary>
    TooLarge,

    /// <summary>No route, no such address here, forbidden by a firewall, refused: nothing goes there now.</summary>
    Unreachable,
}
