namespace Toss.Quic;

/// <summary>The two ECN bits of the IP header (RFC 3168 §5), with their values there.</summary>
public enum EcnMark : byte
{
    NotEct = 0,
    Ect1 = 1,
    Ect0 = 2,
    Ce = 3,
}
