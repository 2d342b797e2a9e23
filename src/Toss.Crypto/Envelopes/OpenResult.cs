using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>The plaintext is set exactly if the status is <see cref="OpenStatus.Opened"/>.</summary>
public sealed record OpenResult(OpenStatus Status, EnvelopePlaintext? Plaintext);

public enum OpenStatus
{
    Opened,
    Malformed,

    /// <summary>Envelope version newer than ours: "update Toss".</summary>
    NewerVersion,
    UnknownSession,

    /// <summary>The handshake names a prekey that is erased or was never ours.</summary>
    UnknownPrekey,
    BadHandshake,
    NotAuthentic,

    /// <summary>This message of this session was opened before, or its session ended.</summary>
    Replayed,

    /// <summary>The gap to the last message is larger than the keys we would keep.</summary>
    TooManySkipped,
}
