namespace Toss.Core.Ports;

/// <summary>Why a link is over.</summary>
public enum LinkEnd
{
    /// <summary>This device closed it, in order.</summary>
    ClosedHere,

    /// <summary>The peer did.</summary>
    ClosedByPeer,

    /// <summary>The peer is not heard any more: its network is gone, or it sleeps.</summary>
    Silent,

    /// <summary>Another link took its place.</summary>
    Superseded,

    /// <summary>One of the two is no member any more.</summary>
    NotAMember,

    /// <summary>What came is against the protocol of links.</summary>
    Malformed,

    /// <summary>No version in common.</summary>
    Version,

    /// <summary>What came is against QUIC, or TLS refused it.</summary>
    Fault,

    /// <summary>The peer knows nothing of it: it started anew.</summary>
    Forgotten,
}
