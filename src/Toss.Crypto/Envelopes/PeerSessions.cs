using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>
/// The ratcheting sessions shared with one peer: at most four that still receive, the first of them sends. Mutable;
/// seal and open on a <see cref="Clone"/>, store it, and only then let go of the old one.
/// </summary>
public sealed class PeerSessions : IDisposable
{
    public PeerSessions() { }

    /// <summary>False if the bytes are not what <see cref="Serialize"/> gave.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, out PeerSessions sessions) =>
        throw new NotImplementedException();

    /// <summary>Secret: only the record cipher may see it.</summary>
    public byte[] Serialize() => throw new NotImplementedException();

    public PeerSessions Clone() => throw new NotImplementedException();

    /// <summary>Every session id that an incoming envelope may name.</summary>
    public IReadOnlyList<SessionId> Ids => throw new NotImplementedException();

    /// <summary>The session that seals, or null: the next seal needs a handshake.</summary>
    public SessionId? Sending => throw new NotImplementedException();

    /// <summary>Envelopes ever received from this peer; travels in receipts, so that a clone is noticed.</summary>
    public ulong Received => throw new NotImplementedException();

    public ulong Sent => throw new NotImplementedException();

    /// <summary>True once the sending session is 7 days or 10,000 messages old and the peer's prekey is young enough.</summary>
    public bool WantsRenewal(DateTimeOffset now) => throw new NotImplementedException();

    /// <summary>The next seal starts a new session; the old ones go on receiving.</summary>
    public void Renew() => throw new NotImplementedException();

    /// <summary>Drops sessions and skipped keys past their time. True if something changed.</summary>
    public bool Expire(DateTimeOffset now) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
