using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>
/// Sealed blobs as files `&lt;2 hex&gt;/&lt;64 hex&gt;` named by their id: chunk after chunk, each
/// <see cref="Limits.SealedBlobChunk"/> bytes but the last. A blob is staged, flushed, renamed, and its directory flushed,
/// so it is whole or not there. Deleting does not overwrite: the key is in the clip's row, and gone with it.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private readonly string _directory;
    private readonly string _staging;
    private int _staged;

    private FileBlobStore(string directory)
    {
        _directory = directory;
        _staging = Path.Combine(directory, "staging");
    }

    /// <summary>Makes the directory if needed and erases what an earlier process left unfinished.</summary>
    public static ValueTask<FileBlobStore> OpenAsync(string directory, CancellationToken cancellation) =>
        Run(
            () =>
            {
                var store = new FileBlobStore(Path.GetFullPath(directory));
                OwnerOnly.EnsureDirectory(store._directory);
                if (Directory.Exists(store._staging))
                {
                    FaultPoint.Before("Blob.ClearStaging");
                    Directory.Delete(store._staging, recursive: true);
                    FaultPoint.After("Blob.ClearStaging");
                }
                OwnerOnly.EnsureDirectory(store._staging);
                return store;
            },
            cancellation
        );

    public ValueTask<IBlobWriter> CreateAsync(CancellationToken cancellation) =>
        Run<IBlobWriter>(
            () =>
            {
                var path = Path.Combine(_staging, $"{Interlocked.Increment(ref _staged)}");
                return new FileBlobWriter(path, OwnerOnly.CreateNew(path), PathOf);
            },
            cancellation
        );

    public ValueTask<int> CountChunksAsync(BlobId blob, CancellationToken cancellation) =>
        Run(
            () =>
            {
                var file = new FileInfo(PathOf(blob));
                return file.Exists ? (int)((file.Length + Limits.SealedBlobChunk - 1) / Limits.SealedBlobChunk) : 0;
            },
            cancellation
        );

    public ValueTask<ReadOnlyMemory<byte>?> ReadChunkAsync(BlobId blob, int index, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        return Run(() => ReadChunk(PathOf(blob), index), cancellation);
    }

    public ValueTask<IReadOnlyList<BlobId>> ListAsync(CancellationToken cancellation) =>
        Run<IReadOnlyList<BlobId>>(() => [.. Files().Select(file => file.Blob)], cancellation);

    public ValueTask<long> MeasureAsync(CancellationToken cancellation) =>
        Run(() => Files().Sum(file => file.File.Exists ? file.File.Length : 0), cancellation);

    public async ValueTask DeleteAsync(BlobId blob, CancellationToken cancellation) =>
        await Run(
            () =>
            {
                var path = PathOf(blob);
                if (File.Exists(path))
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

    private IEnumerable<(BlobId Blob, FileInfo File)> Files()
    {
        // Two hex digits; `staging` is longer. What we did not name is not ours to delete.
        foreach (var path in Directory.EnumerateDirectories(_directory, "??").SelectMany(Directory.EnumerateFiles))
        {
            if (BlobId.TryParse(Path.GetFileName(path), out var blob) && PathOf(blob) == path)
            {
                yield return (blob, new FileInfo(path));
            }
        }
    }

    private static ReadOnlyMemory<byte>? ReadChunk(string path, int index)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        var offset = (long)index * Limits.SealedBlobChunk;
        var length = Math.Min(RandomAccess.GetLength(handle) - offset, Limits.SealedBlobChunk);
        if (length <= 0)
        {
            return null;
        }
        var chunk = new byte[length];
        var read = 0;
        while (read < chunk.Length)
        {
            var count = RandomAccess.Read(handle, chunk.AsSpan(read), offset + read);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }
            read += count;
        }
        return chunk;
    }

    private string PathOf(BlobId blob)
    {
        var name = blob.ToString();
        return Path.Combine(_directory, name[..2], name);
    }
}
