using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Toss.Agent.Files;
using Toss.Agent.Pasting;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Large representations: sealed once into the blob store, and opened where they are used. How they come from peers:
/// <see cref="BlobFetcher"/>; how they go there: <see cref="BlobServing"/>, <see cref="BlobUploads"/>.
/// </summary>
internal sealed class BlobCarrier(AgentPorts ports, BlobFetcher fetcher, ContentRoom room, Promises promises)
{
    /// <summary>Bytes that are sealed in one go.</summary>
    private const int Piece = ChunkReader.AtOnce * Limits.BlobChunk;

    /// <summary>As its type says: a plain null would become an empty memory.</summary>
    private static readonly ReadOnlyMemory<byte>? Nothing = null;

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobCarrier>();

    /// <summary>What this device's clipboard has as a promise.</summary>
    public StandingClip Standing { get; } = new(room);

    /// <summary>
    /// Decides what travels inline and seals the rest; the blobs are durable when it returns. Of files on the clipboard a set of them
    /// travels, and what is said of it.
    /// </summary>
    public async ValueTask<(IReadOnlyList<Representation> Representations, FileSummary? Files)> SealLargeAsync(
        ClipContent content,
        SealingTerms terms,
        CancellationToken cancellation
    )
    {
        if (content.Representations.FirstOrDefault(one => one.MediaType == MediaTypes.LocalFiles) is { } local)
        {
            var (set, files) = await new FileSets(ports, this).SealCopiedAsync(local, terms, cancellation);
            return ([set], files);
        }
        var inline = Distribution.Inline(content.Representations);
        var representations = new List<Representation>(content.Representations.Count);
        try
        {
            for (var i = 0; i < content.Representations.Count; i++)
            {
                var (mediaType, bytes) = content.Representations[i];
                if (content.Representations[i].Promise is { } promise)
                {
                    if (await ports.Blobs.CountChunksAsync(promise.Blob.Id, cancellation) != promise.Blob.Pieces)
                    {
                        // Who signs for it says to have it.
                        throw new StoreException(
                            StoreFailure.Damaged,
                            "The content of this copy is not on this device."
                        );
                    }
                    representations.Add(new Representation(mediaType, promise.Blob.Length, null, promise.Blob));
                    continue;
                }
                if (inline[i])
                {
                    representations.Add(new Representation(mediaType, bytes.Length, bytes, null));
                    continue;
                }
                var kept = terms.IsNear ? bytes : await Deflation.TryPackAsync(content.Representations[i]) ?? bytes;
                await using var source = StreamOf(kept);
                representations.Add(
                    new Representation(mediaType, bytes.Length, null, await SealAsync(source, cancellation))
                );
            }
            return (representations, null);
        }
        catch (StoreException)
        {
            await DiscardAsync(representations);
            throw;
        }
    }

    /// <summary>
    /// Seals a source to its end into a new blob, durable when this returns; holds two pieces of it, whatever its size. What is
    /// not finished leaves nothing.
    /// </summary>
    public async ValueTask<BlobReference> SealAsync(Stream source, CancellationToken cancellation)
    {
        using var sealer = new BlobSealer(ports.Random);
        var (plain, next, packed) = (Rent(Piece), Rent(Piece), Rent(ChunkReader.AtOnce * Limits.SealedBlobChunk));
        try
        {
            await using var writer = await ports.Blobs.CreateAsync(cancellation);
            var length = await FillAsync(source, plain, cancellation);
            for (var isFinal = false; !isFinal; )
            {
                // One ahead: a chunk says whether it is the last.
                var ahead = length < Piece ? 0 : await FillAsync(source, next, cancellation);
                isFinal = ahead == 0;
                var size = Seal(sealer, plain.AsSpan(0, length), isFinal, packed);
                await writer.AppendAsync(packed.AsMemory(0, size), cancellation);
                (plain, next, length) = (next, plain, ahead);
            }
            var reference = sealer.Finish();
            if (reference.IsListApart)
            {
                await writer.AppendListAsync(reference.ChunkHashes, cancellation);
            }
            await writer.CommitAsync(reference.Id, cancellation);
            return reference.WithoutList();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain, clearArray: true);
            ArrayPool<byte>.Shared.Return(next, clearArray: true);
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    /// <summary>Chunk after chunk of a piece, of which only that of the end may have less than whole ones; bytes in all.</summary>
    private static int Seal(BlobSealer sealer, ReadOnlySpan<byte> plain, bool isFinal, Span<byte> packed)
    {
        var size = 0;
        do
        {
            var chunk = plain[..Math.Min(plain.Length, Limits.BlobChunk)];
            plain = plain[chunk.Length..];
            size += sealer.Seal(chunk, isFinal && plain.IsEmpty, packed[size..]);
        } while (!plain.IsEmpty);
        return size;
    }

    /// <summary>Older clips make room for a copy that was recorded. A disk that cannot erase them keeps nobody from sharing.</summary>
    public async ValueTask MakeRoomAsync(Clip clip, CancellationToken cancellation)
    {
        try
        {
            if (clip.Blobs.Any())
            {
                _ = await room.MakeForAsync(clip, cancellation);
            }
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Making room for a large copy", failure);
        }
    }

    /// <summary>Erases the blobs of a copy that could not be recorded: no clip names them, and the disk may be full.</summary>
    public ValueTask DiscardAsync(IReadOnlyList<Representation> representations) =>
        DiscardAsync(BlobsOf(representations));

    private async ValueTask DiscardAsync(List<BlobId> blobs)
    {
        try
        {
            // What is copied again is another clip's too.
            var held = await ports.Store.HeldBlobsAsync(blobs, CancellationToken.None);
            foreach (var blob in blobs.Where(blob => !held.Contains(blob)))
            {
                await ports.Blobs.DeleteAsync(blob, CancellationToken.None);
            }
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Erasing an unrecorded blob", failure);
        }
    }

    /// <summary>
    /// Every representation of a clip: what is small in memory, what is large or still to come as a promise. A clipboard that takes no
    /// promises gets what <see cref="Limits.CopiedContent"/> allows. Null if it is damaged, or nothing is left.
    /// </summary>
    public async ValueTask<ClipContent?> ReadAsync(Clip clip, CancellationToken cancellation)
    {
        if (clip.Files is not null)
        {
            // A set goes into a folder, and never into memory.
            return null;
        }
        using var lease = room.Lease(clip.Id);
        var representations = new List<ContentRepresentation>(clip.Representations.Count);
        foreach (var representation in clip.Representations)
        {
            var isHere =
                representation.Blob is not { } blob
                || await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;
            if (!isHere && !(ports.Clipboard.TakesPromises && await IsToComeAsync(clip, cancellation)))
            {
                return null;
            }
            if (
                representation.Blob is not null
                && (!isHere || (ports.Clipboard.TakesPromises && representation.Size > Limits.HeldContent))
            )
            {
                representations.Add(
                    new ContentRepresentation(representation.MediaType, promises.Of(clip, representation, isHere))
                );
                continue;
            }
            if (representation.Size > Limits.CopiedContent)
            {
                continue;
            }
            var bytes = representation.Inline ?? await OpenAsync(representation.Blob!, cancellation);
            if (bytes is { } packed && representation.IsDeflated)
            {
                bytes = await Deflation.TryUnpackAsync(packed, representation.Size);
            }
            if (bytes is null)
            {
                return null;
            }
            representations.Add(new ContentRepresentation(representation.MediaType, bytes.Value));
        }
        return representations.Count > 0 ? new ClipContent(representations, clip.Sensitivity) : null;
    }

    /// <summary>It was announced: what of it is not here is not gone.</summary>
    private async ValueTask<bool> IsToComeAsync(Clip clip, CancellationToken cancellation) =>
        await ports.Store.FindClipAsync(clip.Id, cancellation) is { State: ClipState.Offered or ClipState.Wanted };

    /// <summary>What was just sealed here, and is no clip's yet.</summary>
    public SealedContent Own(BlobReference blob, ClipStamp begun) => promises.Of(blob, begun);

    /// <summary>Large content of a copy that did not become a clip: nothing of it stays.</summary>
    public async ValueTask LetGoAsync(Snapshot snapshot, ShareResult? shared)
    {
        if (snapshot.Representations.Any(one => one.Promise is not null))
        {
            if (shared?.Clip is null)
            {
                foreach (var one in snapshot.Representations)
                {
                    (one.Promise as SealedContent)?.Erased();
                }
            }
            // What became a clip's is held, and stays.
            await DiscardAsync([
                .. snapshot.Representations.Where(one => one.Promise is not null).Select(one => one.Promise!.Blob.Id),
            ]);
        }
    }

    /// <summary>The same of content that came to no copy at all.</summary>
    public ValueTask LetGoAsync(IPromise sealedContent)
    {
        (sealedContent as SealedContent)?.Erased();
        return DiscardAsync([sealedContent.Blob.Id]);
    }

    /// <summary>A format that is to be fetched as it is read; null if it is here, or damaged.</summary>
    public async ValueTask<IPromise?> PromiseAsync(Clip clip, Representation format, CancellationToken cancellation) =>
        format.Blob is { } blob
        && await ports.Blobs.CountChunksAsync(blob.Id, cancellation) != blob.Pieces
        && await IsToComeAsync(clip, cancellation)
            ? promises.Of(clip, format, isHere: false)
            : null;

    /// <summary>
    /// One format, piece by piece: each of <see cref="Limits.BlobChunk"/> bytes but the last. A piece is null where it is gone
    /// or damaged.
    /// </summary>
    public async ValueTask<Func<int, ValueTask<ReadOnlyMemory<byte>?>>> PiecesAsync(
        Representation format,
        CancellationToken cancellation
    )
    {
        if (format is { Blob: { } blob, IsDeflated: false })
        {
            return number => OpenPieceAsync(blob, number, cancellation);
        }
        // Nobody of ours deflates more than that.
        var fits = format.Size <= Limits.CopiedContent;
        var whole = fits ? format.Inline ?? await OpenAsync(format.Blob!, cancellation) : null;
        if (whole is { } packed && format.IsDeflated)
        {
            whole = await Deflation.TryUnpackAsync(packed, format.Size);
        }
        return number =>
            new(
                whole is { } content && (long)number * Limits.BlobChunk < content.Length
                    ? content.Slice(
                        number * Limits.BlobChunk,
                        Math.Min(Limits.BlobChunk, content.Length - (number * Limits.BlobChunk))
                    )
                    : Nothing
            );
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenPieceAsync(
        BlobReference blob,
        int number,
        CancellationToken cancellation
    )
    {
        using var reader = fetcher.Read(blob);
        var offset = (long)number * Limits.BlobChunk;
        var piece = new byte[Math.Clamp(blob.Length - offset, 0, Limits.BlobChunk)];
        try
        {
            // A chunk at a time is what a reader gives.
            return await reader.ReadAsync(offset, piece, cancellation) == piece.Length && piece.Length > 0
                ? piece
                : Nothing;
        }
        catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
        {
            return Nothing;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobReference blob, CancellationToken cancellation)
    {
        var content = new byte[blob.Length];
        using var reader = fetcher.Read(blob);
        try
        {
            for (var at = 0; at < content.Length; )
            {
                at += await reader.ReadAsync(at, content.AsMemory(at), cancellation);
            }
            return content;
        }
        catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
        {
            return null;
        }
    }

    private static List<BlobId> BlobsOf(IReadOnlyList<Representation> representations) =>
        [.. representations.Select(one => one.Blob?.Id).OfType<BlobId>()];

    private static byte[] Rent(int size) => ArrayPool<byte>.Shared.Rent(size);

    /// <summary>A whole piece, but at the end.</summary>
    private static async ValueTask<int> FillAsync(Stream source, byte[] buffer, CancellationToken cancellation)
    {
        var filled = 0;
        while (filled < Piece)
        {
            var read = await source.ReadAsync(buffer.AsMemory(filled, Piece - filled), cancellation);
            if (read == 0)
            {
                break;
            }
            filled += read;
        }
        return filled;
    }

    private static MemoryStream StreamOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(bytes.ToArray(), writable: false);
}
