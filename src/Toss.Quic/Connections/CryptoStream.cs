using Toss.Quic.Streams;

namespace Toss.Quic.Connections;

/// <summary>The CRYPTO bytes of one level, both ways (RFC 9000 §7.5, §19.6).</summary>
internal sealed class CryptoStream(BlockPool pool)
{
    /// <summary>Bytes that may come before those that precede them; §7.5 demands 4,096.</summary>
    public const int MaxAhead = 1 << 16;

    // What our own TLS says in one flight is far below.
    private const int SendCapacity = 1 << 18;

    private readonly ReceiveBuffer _received = new(pool);

    public SendBuffer Sending { get; } = new(pool, SendCapacity);

    /// <summary>Bytes that may be read now.</summary>
    public long Readable => _received.Readable;

    public TransportErrorCode Receive(long offset, ReadOnlySpan<byte> data)
    {
        var end = offset + data.Length;
        if (end > _received.Start + MaxAhead)
        {
            return TransportErrorCode.CryptoBufferExceeded;
        }
        _received.Note(end, fin: false);
        return _received.Insert(offset, data);
    }

    public int Read(Span<byte> into) => _received.Read(into);

    /// <summary>The level's keys are gone.</summary>
    public void Drop()
    {
        _ = _received.Drop();
        Sending.Drop();
    }
}
