using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Core.Ports;
using Toss.Net.Quic;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// The streams of a link beside its control stream. Each brings one blob from who has it to who opened the stream:
/// docs/protocol/links.md.
/// </summary>
internal static class BlobStreams
{
    /// <summary>Envelopes are small and somebody waits for them: they go before all blobs.</summary>
    public const int Priority = 5;

    /// <summary>A request, or an answer's head.</summary>
    private const int HeadLimit = 64;

    /// <summary>
    /// Until more of a blob comes: longer than a path that works is silent. The mailbox may be a way meanwhile; a mistake costs
    /// what was fetched.
    /// </summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    /// <inheritdoc cref="IPeerNetwork.FetchBlobAsync(DeviceId, BlobId, int, Func{int, ReadOnlyMemory{byte}, ValueTask{bool}}, CancellationToken)"/>
    public static async ValueTask<BlobTransferResult> FetchAsync(
        QuicConnection connection,
        BlobId blob,
        int chunks,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        // A stream waits for those before it, which is no fault of the peer: the patience begins with the stream.
        using var patience = new Patience(s_silence, time, cancellation);
        try
        {
            await using var stream = await connection.OpenStreamAsync(cancellation: patience.Token);
            stream.Priority = Priority;
            patience.Begin();
            await WriteAsync(stream, new LinkRequest { Blob = ByteString.CopyFrom(blob.ToBytes()) }, patience.Token);
            stream.CompleteWrites();
            var buffer = new byte[Limits.SealedBlobChunk];
            if (await ReadAnswerAsync(stream, patience.Token, patience.Begin) != chunks)
            {
                return new BlobTransferResult(BlobTransferStatus.Missing);
            }
            for (var index = 0; index < chunks; index++)
            {
                patience.Begin();
                var length = await ReadAsync(stream, buffer, patience.Token, patience.Begin);
                if (length < 0)
                {
                    return new BlobTransferResult(BlobTransferStatus.Missing);
                }
                // Our own disk may take its time.
                patience.End();
                if (!await write(index, buffer.AsMemory(0, length)))
                {
                    return new BlobTransferResult(BlobTransferStatus.Stopped);
                }
            }
            return new BlobTransferResult(BlobTransferStatus.Done);
        }
        catch (QuicException failure)
            when (failure.Reason is QuicErrorReason.StreamReset or QuicErrorReason.StreamStopped)
        {
            // Its holder found it damaged, or erased it meanwhile; the link is as good as before.
            return new BlobTransferResult(BlobTransferStatus.Missing);
        }
        catch (QuicException)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
    }

    /// <summary>What the peer wants on a stream that it opened; null if that is no request.</summary>
    public static async ValueTask<LinkRequest?> ReadRequestAsync(QuicStream stream, CancellationToken cancellation)
    {
        var buffer = new byte[HeadLimit];
        var length = await ReadAsync(stream, buffer, cancellation);
        return length >= 0 && WireReader.TryRead<LinkRequest>(buffer.AsSpan(0, length), HeadLimit, out var request)
            ? request
            : null;
    }

    /// <summary>The head of an answer; null if it is none.</summary>
    public static async ValueTask<uint?> ReadAnswerAsync(
        QuicStream stream,
        CancellationToken cancellation,
        Action? came = null
    )
    {
        var buffer = new byte[HeadLimit];
        var length = await ReadAsync(stream, buffer, cancellation, came);
        return length >= 0 && WireReader.TryRead<LinkAnswer>(buffer.AsSpan(0, length), HeadLimit, out var answer)
            ? answer.Chunks
            : null;
    }

    /// <summary>The other side of <see cref="FetchAsync"/>.</summary>
    public sealed class Answer(QuicStream stream) : IBlobAnswer
    {
        /// <inheritdoc/>
        public void Refuse() => BlobStreams.Refuse(stream);

        /// <inheritdoc/>
        public async ValueTask SendAsync(
            int chunks,
            Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
            CancellationToken cancellation
        )
        {
            await using var sending = stream;
            var isWhole = false;
            try
            {
                await WriteAsync(stream, new LinkAnswer { Chunks = (uint)chunks }, cancellation);
                for (var index = 0; index < chunks; index++)
                {
                    await WriteAsync(stream, await read(index), cancellation);
                }
                isWhole = true;
            }
            catch (Exception failure) when (failure is QuicException or OperationCanceledException)
            {
                // Who wanted it is gone, or we are.
            }
            finally
            {
                if (!isWhole)
                {
                    Refuse();
                }
            }
        }
    }

    /// <summary>Not an end, which would look as if a part were the whole.</summary>
    public static void Refuse(QuicStream stream) => stream.Abort(QuicAbort.Both, (long)LinkError.None);

    public static ValueTask WriteAsync(QuicStream stream, IMessage message, CancellationToken cancellation) =>
        WriteAsync(stream, message.ToByteArray(), cancellation);

    private static async ValueTask WriteAsync(
        QuicStream stream,
        ReadOnlyMemory<byte> piece,
        CancellationToken cancellation
    )
    {
        var prefix = new byte[sizeof(uint)];
        BinaryPrimitives.WriteInt32BigEndian(prefix, piece.Length);
        await stream.WriteAsync(prefix, cancellation);
        await stream.WriteAsync(piece, cancellation);
    }

    /// <summary>The next piece; its length, or -1 if there is none that fits.</summary>
    private static async ValueTask<int> ReadAsync(
        QuicStream stream,
        Memory<byte> piece,
        CancellationToken cancellation,
        Action? came = null
    )
    {
        var prefix = new byte[sizeof(uint)];
        if (!await stream.FillAsync(prefix, cancellation, came))
        {
            return -1;
        }
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        return length >= 0 && length <= piece.Length && await stream.FillAsync(piece[..length], cancellation, came)
            ? length
            : -1;
    }
}
