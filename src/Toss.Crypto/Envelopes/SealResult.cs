using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>The envelope is set exactly if the status is <see cref="SealStatus.Sealed"/>.</summary>
public readonly record struct SealResult(SealStatus Status, byte[] Envelope, SessionId Session);

public enum SealStatus
{
    Sealed,

    /// <summary>More plaintext than an envelope holds.</summary>
    TooLarge,

    /// <summary>The peer's prekey is malformed or gives an all-zero agreement.</summary>
    BadPrekey,

    /// <summary>The prekey is 14 days old or older: ask for the Card first.</summary>
    StalePrekey,

    /// <summary>Never the sealer's answer but its caller's: who is no member is sealed nothing.</summary>
    NotAMember,
}
