namespace Toss.Quic.Wire;

/// <summary>Where a server would rather be reached (RFC 9000 §18.2); an address of zeros is not given.</summary>
/// <param name="IPv4">4 bytes.</param>
/// <param name="IPv6">16 bytes.</param>
/// <param name="ConnectionId">Not empty; its sequence number is 1.</param>
/// <param name="ResetToken">16 bytes.</param>
internal sealed record PreferredAddress(
    ReadOnlyMemory<byte> IPv4,
    ushort IPv4Port,
    ReadOnlyMemory<byte> IPv6,
    ushort IPv6Port,
    ConnectionId ConnectionId,
    ReadOnlyMemory<byte> ResetToken
);
