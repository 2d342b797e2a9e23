using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>A parsed envelope, unopened. Hash = SHA-256 of its bytes.</summary>
public sealed record EnvelopeOutside(
    EnvelopeHash Hash,
    SessionId Session,
    bool HasHandshake,
    Envelope Envelope,
    EnvelopeHeader Header
);
