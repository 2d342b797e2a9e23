namespace Toss.Quic.Recovery;

/// <summary>The two ECN bits of the IP header (RFC 3168 §5), with their values there.</summary>
internal enum EcnMark : byte
{
    NotEct = 0,
    Ect1 = 1,
    Ect0 = 2,
    Ce = 3,
}

/// <summary>The ECN counts of an ACK frame (RFC 9000 §19.3.2): totals of one packet number space.</summary>
internal readonly record struct EcnCounts(long Ect0, long Ect1, long Ce);
