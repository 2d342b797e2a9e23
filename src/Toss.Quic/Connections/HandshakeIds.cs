namespace Toss.Quic.Connections;

/// <summary>The connection IDs that the handshake authenticates, beside both sides' first ones (RFC 9000 §7.3).</summary>
/// <param name="Original">The destination of the client's first Initial.</param>
/// <param name="RetrySource">The source of the server's Retry, if there was one.</param>
internal readonly record struct HandshakeIds(ConnectionId Original, ConnectionId? RetrySource);
