using Google.Protobuf;

namespace Toss.Wire;

/// <summary>
/// Decodes bytes from outside. Google.Protobuf throws on malformed input; here that is an answer, never an exception,
/// and fields this version does not know are dropped.
/// </summary>
public static class WireReader
{
    /// <summary>False if the bytes are longer than <paramref name="limit"/> or not a <typeparamref name="T"/>.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> bytes, int limit, out T message)
        where T : class, IMessage<T>, new()
    {
        message = new T();
        if (bytes.Length > limit)
        {
            return false;
        }
        try
        {
            message = Parsers<T>.Instance.ParseFrom(bytes);
            return true;
        }
        catch (InvalidProtocolBufferException)
        {
            return false;
        }
    }

    private static class Parsers<T>
        where T : class, IMessage<T>, new()
    {
        public static readonly MessageParser<T> Instance = new MessageParser<T>(static () =>
            new T()
        ).WithDiscardUnknownFields(true);
    }
}
