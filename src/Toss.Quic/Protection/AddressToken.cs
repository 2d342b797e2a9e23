namespace Toss.Quic.Protection;

/// <summary>Retry and NEW_TOKEN tokens must be told apart (RFC 9000 §8.1.1).</summary>
internal enum AddressTokenKind : byte
{
    Retry = 1,
    NewToken = 2,
}

/// <summary>What a server tells itself through a client (RFC 9000 §8.1).</summary>
/// <param name="Expires">By the clock of the process whose key seals it.</param>
/// <param name="OriginalDestination">
/// Retry: that of the client's first Initial, which the server must repeat in its transport parameters (§7.3).
/// </param>
internal readonly record struct AddressToken(
    AddressTokenKind Kind,
    Instant Expires,
    ConnectionId OriginalDestination = default
);
