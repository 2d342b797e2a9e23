using Microsoft.Win32.SafeHandles;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>
/// A blob that comes in pieces: each chunk at its place in a file as long as the whole, and beside it a <see cref="ChunkMap"/>
/// of those that are durable. What is taken is written and flushed behind whoever brings it, by one at a time: whoever brings it is
/// held up when as much is not durable as a kill may cost, or not written as memory may. Chunks are flushed before the map says so.
/// </summary>
internal sealed class PartialBlobFile : IPartialBlob
{
    /// <summary>Chunks that are taken before they are written: what a disk takes in a moment, and little memory.</summary>
    private const int MostToWrite = 8;

    private readonly BlobPlaces _places;
    private readonly BlobId _blob;
    private readonly long _sealedLength;
    private readonly SafeFileHandle _data;
    private readonly SafeFileHandle _map;
    private readonly Action _closed;
    private readonly int _behindAtMost;
    private readonly Lock _gate = new();

    // All of these under the gate. Taken: what can be read; of these, what still has to be written is in memory.
    private readonly ChunkSet _taken;
    private readonly ChunkSet _written;
    private readonly TakenChunks _toWrite = new();
    private Task _working = Task.CompletedTask;
    private TaskCompletionSource _progress = NewProgress();
    private bool _isAwaited;
    private StoreException? _failure;
    private int _durable;
    private bool _isClosed;

    private bool _isNamed;

    // What a disk lost it says once: a flush that succeeds after one that failed means nothing.
    private bool _isFlushBroken;

    private PartialBlobFile(
        BlobPlaces places,
        BlobId blob,
        ChunkMap map,
        SafeFileHandle data,
        SafeFileHandle mapFile,
        Action closed
    )
    {
        (_places, _blob, _sealedLength, _taken, _written) = (
            places,
            blob,
            map.SealedLength,
            map.Held.Copy(),
            map.Held.Copy()
        );
        (_data, _map, _closed) = (data, mapFile, closed);
        (_durable, _isNamed) = (map.Held.Held, map.Held.Held > 0);
        _behindAtMost = IPartialBlob.ChunksBetweenSyncs(_taken.Chunks);
    }

    public ChunkSet Held => Copy(_taken);

    /// <summary>What can be read from the file.</summary>
    public ChunkSet Written => Copy(_written);

    /// <summary>Goes on with what is there; begins anew if that is nothing, or not of this blob.</summary>
    public static PartialBlobFile Open(BlobPlaces places, BlobId blob, long sealedLength, Action closed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sealedLength);
        var (part, mapFile) = (places.PartOf(blob), places.MapOf(blob));
        var map = ChunkMap.TryRead(mapFile);
        if (
            map is null
            || map.SealedLength != sealedLength
            || !File.Exists(part)
            || new FileInfo(part).Length != sealedLength
        )
        {
            map = new ChunkMap(sealedLength, new ChunkSet(ChunkMap.ChunksOf(sealedLength)));
            Create(places, blob, map);
        }
        var data = File.OpenHandle(part, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        try
        {
            var opened = File.OpenHandle(
                mapFile,
                FileMode.Open,
                FileAccess.Write,
                FileShare.ReadWrite | FileShare.Delete
            );
            return new PartialBlobFile(places, blob, map, data, opened, closed);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    public async ValueTask WriteAsync(int index, ReadOnlyMemory<byte> sealedChunk, CancellationToken cancellation)
    {
        if (index < 0 || index >= _taken.Chunks || sealedChunk.Length != SizeOf(index))
        {
            throw new ArgumentException("Every chunk has its place and its size.", nameof(sealedChunk));
        }
        // A disk that is slower than what comes holds it up.
        while (!TryTake(index, sealedChunk.Span, out var progress))
        {
            await progress.WaitAsync(cancellation);
        }
    }

    public async ValueTask CommitAsync(CancellationToken cancellation)
    {
        if (!Held.IsWhole)
        {
            throw new InvalidOperationException($"Blob {_blob.Short} is not whole.");
        }
        await FinishAsync();
        if (!Written.IsWhole)
        {
            throw new InvalidOperationException($"Blob {_blob.Short} was taken, and is not written.");
        }
        await FileBlobStore.Run(
            () =>
            {
                FaultPoint.Before("Blob.FlushWhole");
                Flush(_data);
                FaultPoint.After("Blob.FlushWhole");
                CloseFiles();
                _places.Place(_places.PartOf(_blob), _blob);
                // After the blob has its name: a map without a part is erased at the next start.
                FaultPoint.Before("Blob.DeleteMap");
                File.Delete(_places.MapOf(_blob));
                FaultPoint.After("Blob.DeleteMap");
                // Who reads finds the whole from now on.
                Close();
                return true;
            },
            cancellation
        );
    }

    /// <summary>What came is durable then.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_isClosed)
            {
                await WrittenAsync();
                if (_durable < _written.Held && !_data.IsClosed && !_isFlushBroken)
                {
                    await FileBlobStore.Run(Sync, CancellationToken.None);
                }
                ThrowIfFailed();
            }
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Chunks from this one on that are still in memory, as many as the buffer has room for; their bytes.</summary>
    public int ReadTaken(int first, Span<byte> buffer)
    {
        lock (_gate)
        {
            return _toWrite.Read(first, buffer);
        }
    }

    /// <summary>What an end in between leaves is erased at the next start: a map without its part, or a part of another length.</summary>
    private static void Create(BlobPlaces places, BlobId blob, ChunkMap map)
    {
        var (part, mapFile) = (places.PartOf(blob), places.MapOf(blob));
        FaultPoint.Before("Blob.CreateMap");
        File.Delete(mapFile);
        using (var written = OwnerOnly.CreateNew(mapFile))
        {
            // Nothing of it is to survive before a first chunk does.
            written.Write(map.Write());
        }
        FaultPoint.After("Blob.CreateMap");
        FaultPoint.Before("Blob.CreatePart");
        File.Delete(part);
        // All of its space, so that a disk without room for it says so before anything is fetched.
        using (var data = OwnerOnly.CreateNew(part, map.SealedLength))
        {
            data.SetLength(map.SealedLength);
        }
        FaultPoint.After("Blob.CreatePart");
    }

    /// <summary>False if as much is not durable as a kill may cost; then something changes when <paramref name="progress"/> ends.</summary>
    private bool TryTake(int index, ReadOnlySpan<byte> chunk, out Task progress)
    {
        lock (_gate)
        {
            progress = _progress.Task;
            ObjectDisposedException.ThrowIf(_isClosed, this);
            ThrowIfFailed();
            if (_taken.Contains(index) && !_written.Contains(index))
            {
                // Verified by whoever brings it: the same bytes.
                return true;
            }
            if (_taken.Held - _durable >= _behindAtMost || _toWrite.Count >= MostToWrite)
            {
                _isAwaited = true;
                return false;
            }
            _toWrite.Add(index, chunk);
            _taken.Add(index);
            if (_working.IsCompleted)
            {
                _working = FileBlobStore.Run(Work, CancellationToken.None).AsTask();
            }
            return true;
        }
    }

    /// <summary>Writes what was taken, and makes it durable when half has come of what a kill may cost.</summary>
    private bool Work()
    {
        try
        {
            while (true)
            {
                KeyValuePair<int, TakenChunks.Chunk>[] chunks;
                bool isSyncDue;
                lock (_gate)
                {
                    isSyncDue = _written.Held - _durable >= Math.Max(1, _behindAtMost / 2);
                    chunks = _toWrite.All;
                    if (chunks.Length == 0 && !isSyncDue)
                    {
                        // Under the gate: who takes one more begins anew.
                        _working = Task.CompletedTask;
                        return true;
                    }
                }
                if (isSyncDue)
                {
                    Sync();
                }
                foreach (var (index, chunk) in chunks)
                {
                    Write(index, chunk);
                }
            }
        }
        catch (Exception failure)
        {
            lock (_gate)
            {
                _failure = failure as StoreException ?? Failures.Of(failure);
            }
            Tell();
            return false;
        }
    }

    private void Write(int index, TakenChunks.Chunk chunk)
    {
        FaultPoint.Before("Blob.WriteChunk");
        RandomAccess.Write(_data, chunk.Bytes, (long)index * Limits.SealedBlobChunk);
        FaultPoint.After("Blob.WriteChunk");
        lock (_gate)
        {
            _written.Add(index);
            _toWrite.Remove(index);
        }
        Tell();
    }

    /// <summary>One at a time. What the map says was written before the flush began.</summary>
    private bool Sync()
    {
        var map = new ChunkMap(_sealedLength, Written);
        FaultPoint.Before("Blob.FlushPart");
        Flush(_data);
        FaultPoint.After("Blob.FlushPart");
        if (!_isNamed)
        {
            // The names of both, and a map of nothing, before it speaks of anything.
            FaultPoint.Before("Blob.NamePart");
            Flush(_map);
            DirectorySync.Flush(_places.Partial);
            FaultPoint.After("Blob.NamePart");
            _isNamed = true;
        }
        FaultPoint.Before("Blob.WriteMap");
        RandomAccess.Write(_map, map.Write(), 0);
        Flush(_map);
        FaultPoint.After("Blob.WriteMap");
        lock (_gate)
        {
            _durable = map.Held.Held;
        }
        Tell();
        return true;
    }

    /// <summary>Returns when all that was taken is written; throws if it could not be.</summary>
    private async Task FinishAsync()
    {
        await WrittenAsync();
        ThrowIfFailed();
    }

    private Task WrittenAsync()
    {
        lock (_gate)
        {
            return _working;
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure is { } failure)
        {
            throw new StoreException(failure.Failure, failure.Message, failure);
        }
    }

    private void Flush(SafeFileHandle file)
    {
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch
        {
            _isFlushBroken = true;
            throw;
        }
    }

    private void Tell()
    {
        TaskCompletionSource progress;
        lock (_gate)
        {
            if (!_isAwaited)
            {
                return;
            }
            _isAwaited = false;
            (progress, _progress) = (_progress, NewProgress());
        }
        progress.SetResult();
    }

    private void CloseFiles()
    {
        _data.Dispose();
        _map.Dispose();
    }

    private void Close()
    {
        lock (_gate)
        {
            if (_isClosed)
            {
                return;
            }
            _isClosed = true;
            _toWrite.Clear();
        }
        CloseFiles();
        _closed();
    }

    private ChunkSet Copy(ChunkSet set)
    {
        lock (_gate)
        {
            return set.Copy();
        }
    }

    private int SizeOf(int index) =>
        (int)Math.Min(Limits.SealedBlobChunk, _sealedLength - (long)index * Limits.SealedBlobChunk);

    private static TaskCompletionSource NewProgress() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
