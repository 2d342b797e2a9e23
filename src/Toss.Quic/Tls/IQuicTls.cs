using System.Diagnostics.CodeAnalysis;

namespace Toss.Quic.Tls;

/// <summary>
/// One TLS 1.3 handshake as QUIC uses it (RFC 9001 §4): CRYPTO bytes in and out per level, keys and the outcome as events.
/// It does nothing by itself, never throws for what a peer sends, and is used from one thread. After an error it gives
/// nothing more.
/// </summary>
internal interface IQuicTls : IDisposable
{
    /// <summary>The transport error that ended the handshake; zero while there is none.</summary>
    TransportErrorCode Error { get; }

    /// <summary>The peer's Finished was right.</summary>
    bool IsComplete { get; }

    /// <summary>The level whose CRYPTO bytes are taken now. Bytes of a later level must wait for it.</summary>
    TlsLevel ReadLevel { get; }

    /// <summary>
    /// Takes the next CRYPTO bytes of a level, in order and without gaps. Bytes of another level than
    /// <see cref="ReadLevel"/> are a protocol violation.
    /// </summary>
    /// <returns><see cref="Error"/>.</returns>
    TransportErrorCode Receive(TlsLevel level, ReadOnlySpan<byte> data);

    /// <summary>How many bytes wait to be sent at this level.</summary>
    int PendingOutput(TlsLevel level);

    /// <summary>Takes out bytes to be sent in CRYPTO frames of this level. The caller keeps them until acknowledged.</summary>
    int TakeOutput(TlsLevel level, Span<byte> into);

    /// <summary>The next event, oldest first.</summary>
    bool TryNext([NotNullWhen(true)] out TlsEvent? next);
}
