namespace Toss.Quic.Protection;

internal enum OpenStatus
{
    Opened,

    /// <summary>Not authentic, too short, or for keys that are gone: dropped silently (RFC 9001 §5.5, RFC 9000 §12.2).</summary>
    Dropped,

    /// <summary>Authentic, with reserved bits set: PROTOCOL_VIOLATION (RFC 9000 §17.2, §17.3.1).</summary>
    ReservedBits,

    /// <summary>Authentic, under keys that it must not be under: KEY_UPDATE_ERROR (RFC 9001 §6).</summary>
    KeyUpdateError,

    /// <summary>Too many that were not authentic: AEAD_LIMIT_REACHED, and nothing is processed further (RFC 9001 §6.6).</summary>
    LimitReached,
}

/// <summary>A packet opened in place.</summary>
/// <param name="PayloadOffset">Where its frames begin.</param>
/// <param name="PayloadLength">Without the tag.</param>
/// <param name="KeyGeneration">How many key updates came before its keys.</param>
internal readonly record struct OpenedPacket(
    long PacketNumber,
    int PayloadOffset,
    int PayloadLength,
    long KeyGeneration = 0
);
