namespace Toss.Quic.Streams;

/// <summary>What a stream id says (RFC 9000 §2.1): bit 0 who opened it, bit 1 its directions, the rest its number.</summary>
internal static class StreamId
{
    private const long ServerBit = 1;
    private const long UnidirectionalBit = 2;

    public static bool IsUnidirectional(long id) => (id & UnidirectionalBit) != 0;

    public static bool IsOfServer(long id) => (id & ServerBit) != 0;

    public static long Number(long id) => id >> 2;

    public static long Of(long number, bool byServer, bool unidirectional) =>
        (number << 2) | (byServer ? ServerBit : 0) | (unidirectional ? UnidirectionalBit : 0);
}
