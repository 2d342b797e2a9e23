using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Net.Quic;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// The streams of a link beside its control stream. Each brings a range of a blob's chunks from who has them to who opened the
/// stream: docs/protocol/links.md.
/// </summary>
internal static class BlobStreams
{
    /// <summary>Envelopes are small and somebody waits for them: they go before all blobs.</summary>
    public const int Priority = 5;

    /// <summary>A request, or an answer's head.</summary>
    private const int HeadLimit = 64;

    /// <summary>
    /// Until more of a blob comes: longer than a path that works is silent. The mailbox may be a way meanwhile; a mistake costs
    /// little: what came is kept.
    /// </summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(3);

    /// <inheritdoc cref="IPeerNetwork.FetchBlobAsync(DeviceId, BlobRange, int, Func{int, ReadOnlyMemory{byte}, ValueTask{bool}}, CancellationToken)"/>
    public static async ValueTask<BlobTransferResult> FetchAsync(
        QuicConnection connection,
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        // A stream waits for those before it, which is no fault of the peer: the patience begins with the stream.
        using var patience = new Patience(s_silence, time, cancellation);
        var buffer = ArrayPool<byte>.Shared.Rent(Limits.SealedBlobChunk);
        try
        {
            await using var stream = await connection.OpenStreamAsync(cancellation: patience.Token);
            stream.Priority = Priority;
            patience.Begin();
            await WriteAsync(stream, RequestFor(range, held), patience.Token);
            stream.CompleteWrites();
            return await ReadAsync(stream, range, buffer, write, patience);
        }
        catch (QuicException failure)
            when (failure.Reason is QuicErrorReason.StreamReset or QuicErrorReason.StreamStopped)
        {
            // Stopped there, found damaged, or erased meanwhile; the link is as good as before.
            return new BlobTransferResult(
                failure.Code == (long)LinkRefusal.Cancelled ? BlobTransferStatus.Cancelled : BlobTransferStatus.Missing
            );
        }
        catch (QuicException)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static LinkRequest RequestFor(BlobRange range, int held) =>
        new()
        {
            Range = new LinkRange
            {
                Blob = ByteString.CopyFrom(range.Blob.ToBytes()),
                First = (uint)range.First,
                Count = (uint)range.Count,
                Held = (uint)held,
            },
        };

    /// <summary>False for what is no range of any blob.</summary>
    public static bool TryReadRange(LinkRange asked, out BlobRange range)
    {
        range = default;
        if (
            !BlobId.TryFrom(asked.Blob.Span, out var blob)
            || asked.Count == 0
            || (ulong)asked.First + asked.Count > Limits.BlobPieces
            || asked.Held > Limits.BlobPieces
        )
        {
            return false;
        }
        range = new BlobRange(blob, (int)asked.First, (int)asked.Count);
        return true;
    }

    private static async ValueTask<BlobTransferResult> ReadAsync(
        QuicStream stream,
        BlobRange range,
        byte[] buffer,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        Patience patience
    )
    {
        if (await ReadAnswerAsync(stream, patience.Token, patience.Begin) is not { } answer)
        {
            return new BlobTransferResult(BlobTransferStatus.Malformed);
        }
        if (answer.Refusal == LinkRefusal.Cancelled)
        {
            return new BlobTransferResult(BlobTransferStatus.Cancelled);
        }
        if (answer.Chunks > range.Count || answer.Next > Limits.BlobPieces)
        {
            return new BlobTransferResult(BlobTransferStatus.Malformed);
        }
        var end = range.First + (int)answer.Chunks;
        if (answer.Next != 0 && answer.Next <= end)
        {
            // What it has next is behind what it sends: else it would be asked for the same again and again.
            return new BlobTransferResult(BlobTransferStatus.Malformed);
        }
        for (var index = range.First; index < end; index++)
        {
            patience.Begin();
            var length = await ReadAsync(
                stream,
                buffer.AsMemory(0, Limits.SealedBlobChunk),
                patience.Token,
                patience.Begin
            );
            if (length < 0)
            {
                return new BlobTransferResult(BlobTransferStatus.Malformed);
            }
            // Our own disk may take its time.
            patience.End();
            if (!await write(index, buffer.AsMemory(0, length)))
            {
                return new BlobTransferResult(BlobTransferStatus.Stopped);
            }
        }
        return end == range.End
            ? new BlobTransferResult(BlobTransferStatus.Done)
            : new BlobTransferResult(BlobTransferStatus.Missing) { Next = answer.Next > 0 ? (int)answer.Next : null };
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
    public static async ValueTask<LinkAnswer?> ReadAnswerAsync(
        QuicStream stream,
        CancellationToken cancellation,
        Action? came = null
    )
    {
        var buffer = new byte[HeadLimit];
        var length = await ReadAsync(stream, buffer, cancellation, came);
        return length >= 0 && WireReader.TryRead<LinkAnswer>(buffer.AsSpan(0, length), HeadLimit, out var answer)
            ? answer
            : null;
    }

    /// <summary>The other side of <see cref="FetchAsync"/>.</summary>
    public sealed class Answer(QuicStream stream, BlobRange range) : IBlobAnswer
    {
        /// <inheritdoc/>
        public void Refuse() => BlobStreams.Refuse(stream);

        /// <inheritdoc/>
        public ValueTask SendAsync(
            int chunks,
            int? next,
            Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
            CancellationToken cancellation
        ) => SendAsync(new LinkAnswer { Chunks = (uint)chunks, Next = (uint)(next ?? 0) }, read, cancellation);

        /// <inheritdoc/>
        public ValueTask CancelAsync(CancellationToken cancellation) =>
            SendAsync(
                new LinkAnswer { Refusal = LinkRefusal.Cancelled },
                static _ => throw new InvalidOperationException("Nothing follows."),
                cancellation
            );

        private async ValueTask SendAsync(
            LinkAnswer answer,
            Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
            CancellationToken cancellation
        )
        {
            await using var sending = stream;
            var isEnded = false;
            try
            {
                await WriteAsync(stream, answer, cancellation);
                for (var index = range.First; index < range.First + (int)answer.Chunks; index++)
                {
                    var chunk = await read(index);
                    if (chunk.IsEmpty)
                    {
                        stream.Abort(QuicAbort.Both, (long)LinkRefusal.Cancelled);
                        isEnded = true;
                        return;
                    }
                    await WriteAsync(stream, chunk, cancellation);
                }
                isEnded = true;
            }
            catch (Exception failure) when (failure is QuicException or OperationCanceledException)
            {
                // Who wanted it is gone, or we are.
            }
            finally
            {
                if (!isEnded)
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
