using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>
/// Sealed blobs as files `&lt;2 hex&gt;/&lt;64 hex&gt;` named by their id: chunk after chunk, each
/// <see cref="Limits.SealedBlobChunk"/> bytes but the last. What is sealed here is staged, what comes in pieces is a
/// <see cref="PartialBlobFile"/>; either is flushed, renamed, and its directory flushed, so under its name a blob is whole.
/// Deleting does not overwrite: the key is in the clip's row, and gone with it.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private readonly BlobPlaces _places;
    private readonly ConcurrentDictionary<BlobId, PartialBlobFile> _open = new();
    private readonly Lock _opening = new();
    private int _staged;

    private FileBlobStore(string directory) => _places = new BlobPlaces(directory);

    /// <summary>Makes the directory if needed and erases what an earlier process left unfinished and cannot go on with.</summary>
    public static ValueTask<FileBlobStore> OpenAsync(string directory, CancellationToken cancellation) =>
        Run(
            () =>
            {
                var store = new FileBlobStore(directory);
                var places = store._places;
                OwnerOnly.EnsureDirectory(places.Root);
                OwnerOnly.EnsureDirectory(places.Partial);
                if (Directory.Exists(places.Staging))
                {
                    FaultPoint.Before("Blob.ClearStaging");
                    Directory.Delete(places.Staging, recursive: true);
                    FaultPoint.After("Blob.ClearStaging");
                }
                OwnerOnly.EnsureDirectory(places.Staging);
                FaultPoint.Before("Blob.ClearStrays");
                foreach (var stray in places.Strays())
                {
                    File.Delete(stray);
                }
                FaultPoint.After("Blob.ClearStrays");
                return store;
            },
            cancellation
        );

    public ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation) =>
        Run<IBlobWriter>(
            () =>
            {
                var path = _places.Staged(Interlocked.Increment(ref _staged));
                return new FileBlobWriter(path, OwnerOnly.CreateNew(path), _places);
            },
            cancellation
        );

    public ValueTask<IPartialBlob> OpenPartialAsync(BlobId blob, long sealedLength, CancellationToken cancellation) =>
        Run<IPartialBlob>(
            () =>
            {
                // Before anything is touched: two that open one file would each undo what the other does.
                lock (_opening)
                {
                    if (_open.ContainsKey(blob))
                    {
                        throw new StoreException(StoreFailure.Busy, $"Blob {blob.Short} is being fetched already.");
                    }
                    var part = PartialBlobFile.Open(
                        _places,
                        blob,
                        sealedLength,
                        closed: () => _open.TryRemove(blob, out _)
                    );
                    _open[blob] = part;
                    return part;
                }
            },
            cancellation
        );

    public ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation) =>
        Run(() => CountWhole(blob), cancellation);

    public ValueTask<ChunkSet> HeldAsync(BlobId blob, CancellationToken cancellation) =>
        Run(
            () =>
                WholeOf(blob)
                ?? (HeldInPart(blob) is { Held: > 0 } part ? part : null)
                // Whole since the first look, perhaps.
                ?? WholeOf(blob)
                ?? HeldInPart(blob),
            cancellation
        );

    public ValueTask<int> ReadChunksAsync(BlobId blob, int first, Memory<byte> buffer, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        // What is about to be written need not be read.
        if (_open.TryGetValue(blob, out var part) && part.ReadTaken(first, buffer.Span) is > 0 and var taken)
        {
            return new ValueTask<int>(taken);
        }
        return Run(
            () =>
            {
                var length = ReadChunks(_places.WholeOf(blob), first, int.MaxValue, buffer.Span);
                if (length > 0)
                {
                    return length;
                }
                var run = WrittenInPart(blob).RunAt(first, Math.Max(1, buffer.Length / Limits.SealedBlobChunk));
                length = run == 0 ? 0 : ReadChunks(_places.PartOf(blob), first, run, buffer.Span);
                // Whole since the first look, perhaps.
                return length > 0 ? length : ReadChunks(_places.WholeOf(blob), first, int.MaxValue, buffer.Span);
            },
            cancellation
        );
    }

    public ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation) =>
        Run<IReadOnlyList<BlobId>>(() => [.. _places.Whole().Union(_places.Parts())], cancellation);

    public ValueTask<long> MeasureAsync(CancellationToken cancellation) => Run(_places.Measure, cancellation);

    public ValueTask<long> FreeAsync(CancellationToken cancellation) =>
        Run(
            () =>
            {
                try
                {
                    return new DriveInfo(_places.Root).AvailableFreeSpace;
                }
                catch (ArgumentException)
                {
                    // A share of Windows has no drive: what is written says it.
                    return long.MaxValue;
                }
            },
            cancellation
        );

    public async ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation) =>
        await Run(
            () =>
            {
                string[] files = [_places.WholeOf(blob), _places.PartOf(blob), _places.MapOf(blob)];
                foreach (var path in files.Where(File.Exists))
                {
                    FaultPoint.Before("Blob.Delete");
                    File.Delete(path);
                    FaultPoint.After("Blob.Delete");
                }
                return true;
            },
            cancellation
        );

    /// <summary>File calls block, so they leave the caller's thread; their failures become ours.</summary>
    internal static ValueTask<T> Run<T>(Func<T> work, CancellationToken cancellation) =>
        new(
            Task.Run(
                () =>
                {
                    try
                    {
                        return work();
                    }
                    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                    {
                        throw Failures.Of(failure);
                    }
                },
                cancellation
            )
        );

    private int CountWhole(BlobId blob)
    {
        var file = new FileInfo(_places.WholeOf(blob));
        return file.Exists ? (int)((file.Length + Limits.SealedBlobChunk - 1) / Limits.SealedBlobChunk) : 0;
    }

    private ChunkSet? WholeOf(BlobId blob) => CountWhole(blob) is > 0 and var chunks ? ChunkSet.Whole(chunks) : null;

    private ChunkSet HeldInPart(BlobId blob) =>
        _open.TryGetValue(blob, out var part)
            ? part.Held
            : ChunkMap.TryRead(_places.MapOf(blob))?.Held ?? new ChunkSet(0);

    private ChunkSet WrittenInPart(BlobId blob) =>
        _open.TryGetValue(blob, out var part)
            ? part.Written
            : ChunkMap.TryRead(_places.MapOf(blob))?.Held ?? new ChunkSet(0);

    /// <summary>Null if it is not there any more: a part that has become whole.</summary>
    private static SafeFileHandle? TryOpen(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>So many whole chunks at most as the buffer has room for; 0 bytes if there is no such file, or it is shorter.</summary>
    private static int ReadChunks(string path, int first, int most, Span<byte> buffer)
    {
        if (!File.Exists(path))
        {
            return 0;
        }
        using var handle = TryOpen(path);
        if (handle is null)
        {
            return 0;
        }
        var offset = (long)first * Limits.SealedBlobChunk;
        var left = RandomAccess.GetLength(handle) - offset;
        var length = (int)Math.Min(Math.Min(left, (long)most * Limits.SealedBlobChunk), buffer.Length);
        if (length < left)
        {
            length -= length % Limits.SealedBlobChunk;
        }
        for (var read = 0; read < length; )
        {
            var count = RandomAccess.Read(handle, buffer[read..length], offset + read);
            read += count > 0 ? count : throw new EndOfStreamException();
        }
        return Math.Max(0, length);
    }
}
