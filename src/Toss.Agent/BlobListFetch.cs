using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// The hashes of a blob that do not travel beside its id: they stand behind its last chunk, wherever that is, and come before
/// everything else. They are kept with the part, so that who goes on with a blob does not ask for them again.
/// </summary>
internal sealed class BlobListFetch(BlobReference blob, IBlobStore blobs, IPartialBlob part, TimeProvider time)
{
    private readonly SteadyClock _clock = new(time);

    // From the last chunk on, of which the first of these pieces has the end.
    private readonly BlobRange _tail = new(blob.Id, blob.Chunks - 1, blob.Pieces - blob.Chunks + 1);

    /// <summary>With the list that an earlier try kept; null if there is none.</summary>
    public async ValueTask<BlobReference?> HeldAsync(CancellationToken cancellation)
    {
        if (part.Held.RunAt(_tail.First, _tail.Count) < _tail.Count)
        {
            return null;
        }
        var tail = NewTail();
        for (var index = _tail.First; index < _tail.End; index++)
        {
            if (await blobs.ReadChunksAsync(blob.Id, index, Place(tail, index), cancellation) != SizeOf(index))
            {
                return null;
            }
        }
        return Verify(tail);
    }

    /// <summary>Asks one that may have it; null if it has not, or what it sent is not of this blob.</summary>
    /// <param name="putAside">Told of a source whose list is not that of the blob.</param>
    public async ValueTask<BlobReference?> FetchAsync(
        BlobSource source,
        Action<BlobSource, BlobTransferStatus> putAside,
        CancellationToken cancellation
    )
    {
        var tail = NewTail();
        while (!source.IsOver)
        {
            var way = source.Way;
            using var lane = new BlobLane(source, _tail, _clock.Now, cancellation);
            var result = await source.FetchAsync(
                _tail,
                part.Held.Held,
                (index, piece) =>
                {
                    if (piece.Length != SizeOf(index))
                    {
                        return new(false);
                    }
                    piece.CopyTo(Place(tail, index));
                    return new(lane.Brought(_clock.Now));
                },
                cancellation
            );
            source.Note(result, lane, way, _clock.Now);
            switch (result.Status)
            {
                case BlobTransferStatus.Done when Verify(tail) is { } verified:
                    for (var index = _tail.First; index < _tail.End; index++)
                    {
                        await part.WriteAsync(index, Place(tail, index), cancellation);
                    }
                    return verified;
                case BlobTransferStatus.Done:
                    putAside(source, BlobTransferStatus.Malformed);
                    return null;
                case BlobTransferStatus.Stopped or BlobTransferStatus.Malformed or BlobTransferStatus.Cancelled:
                    putAside(source, result.Status);
                    return null;
                case BlobTransferStatus.NoPath:
                    continue;
                default:
                    return null;
            }
        }
        return null;
    }

    /// <summary>The list is what the id commits to, and the last chunk the one it names.</summary>
    private BlobReference? Verify(byte[] tail)
    {
        var list = (int)(blob.ListStart - ((long)_tail.First * Limits.SealedBlobChunk));
        return
            blob.TryWithList(tail.AsMemory(list), out var verified)
            && BlobOpener.Verify(verified, blob.Chunks - 1, tail.AsSpan(0, list))
            ? verified
            : null;
    }

    private byte[] NewTail() => new byte[blob.SealedLength - ((long)_tail.First * Limits.SealedBlobChunk)];

    private int SizeOf(int index) =>
        (int)Math.Min(Limits.SealedBlobChunk, blob.SealedLength - ((long)index * Limits.SealedBlobChunk));

    private Memory<byte> Place(byte[] tail, int index) =>
        tail.AsMemory((index - _tail.First) * Limits.SealedBlobChunk, SizeOf(index));
}
