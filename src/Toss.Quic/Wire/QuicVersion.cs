namespace Toss.Quic.Wire;

internal static class QuicVersion
{
    public const uint Negotiation = 0;
    public const uint One = 1;

    /// <summary>0x?a?a?a?a: reserved to exercise version negotiation (RFC 9000 §15).</summary>
    public static bool IsReserved(uint version) => (version & 0x0f0f0f0f) == 0x0a0a0a0a;
}
