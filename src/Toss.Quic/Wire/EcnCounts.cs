namespace Toss.Quic.Wire;

/// <summary>Packets received with each codepoint, in one packet number space (RFC 9000 §19.3.2).</summary>
internal readonly record struct EcnCounts(long Ect0, long Ect1, long Ce);
