namespace Toss.Quic.Recovery;

/// <summary>
/// What a sent packet carried, as the connection needs it to retransmit (RFC 9000 §13.3). Recovery keeps it and gives it
/// back; only the connection knows what the numbers mean (a stream, an offset and a length; the largest number of an ACK).
/// </summary>
internal readonly record struct FrameToken(byte Kind, long Id, long Offset, int Length, bool Last);
