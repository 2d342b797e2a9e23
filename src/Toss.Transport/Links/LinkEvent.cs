namespace Toss.Transport.Links;

/// <summary>What a link's control stream brought.</summary>
public abstract record LinkEvent
{
    private LinkEvent() { }

    /// <summary>Both sides said hello: envelopes may pass.</summary>
    /// <param name="Run">Random, of this run of the peer's process.</param>
    /// <param name="Moves">The peer made this link to take the place of one that stands, since it is better.</param>
    public sealed record Opened(ulong Run, bool Moves = false) : LinkEvent;

    public sealed record EnvelopeArrived(ulong Sequence, ReadOnlyMemory<byte> Envelope) : LinkEvent;

    /// <summary>All of ours up to this one are durable at the peer.</summary>
    public sealed record Taken(ulong Sequence) : LinkEvent;

    /// <summary>Nothing more happens on it.</summary>
    public sealed record Failed(LinkError Error) : LinkEvent;
}

/// <summary>Why a link ends, as its application error code (RFC 9000 §20.2).</summary>
public enum LinkError
{
    None = 0,

    /// <summary>Another link to the same peer took its place.</summary>
    Superseded = 1,

    /// <summary>The peer is no member any more, or this device is not.</summary>
    NotAMember = 2,

    /// <summary>What came is no frame, or not one that may come now.</summary>
    Malformed = 3,

    /// <summary>No version in common.</summary>
    Version = 4,

    /// <summary>The peer has too many connections on which it said nothing yet.</summary>
    TooMany = 5,
}
