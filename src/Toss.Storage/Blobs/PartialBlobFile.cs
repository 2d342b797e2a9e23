using Microsoft.Win32.SafeHandles;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Storage.Blobs;

/// <summary>
/// A blob that comes in pieces: each chunk at its place in a file as long as the whole, and beside it a <see cref="ChunkMap"/>
/// of those that are durable. Chunks are flushed before the map says so.
/// </summary>
internal sealed class PartialBlobFile : IPartialBlob
{
    private readonly BlobPlaces _places;
    private readonly BlobId _blob;
    private readonly long _sealedLength;
    private readonly SafeFileHandle _data;
    private readonly SafeFileHandle _map;
    private readonly Action _closed;
    private readonly Lock _gate = new();
    private readonly ChunkSet _held;
    private Task _sync = Task.CompletedTask;
    private int _durable;
    private bool _isClosed;

    private PartialBlobFile(
        BlobPlaces places,
        BlobId blob,
        ChunkMap map,
        SafeFileHandle data,
        SafeFileHandle mapFile,
        Action closed
    )
    {
        (_places, _blob, _sealedLength, _held) = (places, blob, map.SealedLength, map.Held);
        (_data, _map, _closed) = (data, mapFile, closed);
        _durable = map.Held.Held;
    }

    public ChunkSet Held
    {
        get
        {
            lock (_gate)
            {
                return _held.Copy();
            }
        }
    }

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
        if (index < 0 || index >= _held.Chunks || sealedChunk.Length != SizeOf(index))
        {
            throw new ArgumentException("Every chunk has its place and its size.", nameof(sealedChunk));
        }
        await FileBlobStore.Run(
            () =>
            {
                FaultPoint.Before("Blob.WriteChunk");
                RandomAccess.Write(_data, sealedChunk.Span, (long)index * Limits.SealedBlobChunk);
                FaultPoint.After("Blob.WriteChunk");
                return true;
            },
            cancellation
        );
        // A disk that is slower than what comes holds it up, and one that fails says so here.
        await SyncBehindAsync(index);
    }

    public async ValueTask CommitAsync(CancellationToken cancellation)
    {
        if (!Held.IsWhole)
        {
            throw new InvalidOperationException($"Blob {_blob.Short} is not whole.");
        }
        await _sync;
        await FileBlobStore.Run(
            () =>
            {
                FaultPoint.Before("Blob.FlushWhole");
                RandomAccess.FlushToDisk(_data);
                FaultPoint.After("Blob.FlushWhole");
                Close();
                _places.Place(_places.PartOf(_blob), _blob);
                // After the blob has its name: a map without a part is erased at the next start.
                FaultPoint.Before("Blob.DeleteMap");
                File.Delete(_places.MapOf(_blob));
                FaultPoint.After("Blob.DeleteMap");
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
            await _sync;
            if (!_isClosed && _durable < Held.Held)
            {
                await FileBlobStore.Run(Sync, CancellationToken.None);
            }
        }
        finally
        {
            Close();
        }
    }

    /// <summary>Without a further look at what is durable.</summary>
    internal void Close()
    {
        if (!_isClosed)
        {
            _isClosed = true;
            _data.Dispose();
            _map.Dispose();
            _closed();
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
            written.Write(map.Write());
            written.Flush(flushToDisk: true);
        }
        FaultPoint.After("Blob.CreateMap");
        FaultPoint.Before("Blob.CreatePart");
        File.Delete(part);
        // All of its space, so that a disk without room for it says so before anything is fetched.
        using (var data = OwnerOnly.CreateNew(part, map.SealedLength))
        {
            data.SetLength(map.SealedLength);
        }
        DirectorySync.Flush(places.Partial);
        FaultPoint.After("Blob.CreatePart");
    }

    /// <summary>
    /// Begins to make what came durable when half of what may be lost has come, while more is written; waits for that for as long as
    /// all of it has.
    /// </summary>
    private async Task SyncBehindAsync(int index)
    {
        lock (_gate)
        {
            _held.Add(index);
        }
        while (true)
        {
            Task sync;
            lock (_gate)
            {
                var (most, behind) = (IPartialBlob.ChunksBetweenSyncs(_held.Chunks), _held.Held - _durable);
                if (_sync.IsCompletedSuccessfully && behind >= most / 2)
                {
                    _sync = FileBlobStore.Run(Sync, CancellationToken.None).AsTask();
                }
                if (behind < most && !_sync.IsFaulted)
                {
                    return;
                }
                sync = _sync;
            }
            // One that began before others wrote has not all of what they wrote: then it is another one's turn.
            await sync;
        }
    }

    /// <summary>One at a time. What the map says was written before the flush began.</summary>
    private bool Sync()
    {
        var map = new ChunkMap(_sealedLength, Held);
        FaultPoint.Before("Blob.FlushPart");
        RandomAccess.FlushToDisk(_data);
        FaultPoint.After("Blob.FlushPart");
        FaultPoint.Before("Blob.WriteMap");
        RandomAccess.Write(_map, map.Write(), 0);
        RandomAccess.FlushToDisk(_map);
        FaultPoint.After("Blob.WriteMap");
        lock (_gate)
        {
            _durable = map.Held.Held;
        }
        return true;
    }

    private int SizeOf(int index) =>
        (int)Math.Min(Limits.SealedBlobChunk, _sealedLength - (long)index * Limits.SealedBlobChunk);
}
