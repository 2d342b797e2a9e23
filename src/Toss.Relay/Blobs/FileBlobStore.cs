using System.Globalization;
using Toss.Wire;

namespace Toss.Relay.Blobs;

/// <summary>
/// Blobs as files: `blobs/OWNER/BLOB.COUNT.STRIDE.EXPIRES`, half-done ones `blobs/OWNER/BLOB.COUNT.STRIDE.CHUNKS.TOUCHED.part`.
/// The name carries all that is known of a blob, so the directory is the index: it is read once at start, and there is no second
/// truth that could disagree. The accept of the last chunk comes after fsync and rename. So many CHUNKS of a half-done one are
/// durable: it gets another name each time after more of it was flushed. An older name is true too, so that none of these renames
/// has to be waited for.
/// </summary>
public sealed class FileBlobStore : IBlobStore
{
    private const string PartSuffix = ".part";

    private readonly Lock _gate = new();
    private readonly BlobLedger _ledger;
    private readonly string _root;

    // What half-done ones are called now.
    private readonly Dictionary<(MailboxId Owner, BlobId Blob), string> _parts = [];

    private FileBlobStore(string root, BlobLedger ledger)
    {
        _root = root;
        _ledger = ledger;
    }

    /// <summary>Reads what is there; of what was half-done, what is durable. Throws <see cref="RelayStorageException"/>.</summary>
    public static FileBlobStore Open(string directory, RelayQuotas quotas)
    {
        var store = new FileBlobStore(Path.Combine(directory, "blobs"), new BlobLedger(quotas));
        try
        {
            Directory.CreateDirectory(store._root);
            store.ReadIndex();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RelayStorageException(RelayStorageFailure.Unavailable, exception);
        }
        return store;
    }

    public ValueTask<BlobStanding> AskAsync(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_ledger.Ask(owner, blob, count, size, now));
        }
    }

    public ValueTask<BlobPutStatus> PutAsync(
        MailboxId owner,
        BlobId blob,
        int index,
        int count,
        ReadOnlyMemory<byte> chunk,
        DateTimeOffset now
    )
    {
        lock (_gate)
        {
            if (index == 0)
            {
                foreach (var resting in _ledger.InTheWay(owner, blob, count, chunk.Length, now))
                {
                    Abandon(owner, resting);
                }
            }
            var status = _ledger.Admit(owner, blob, index, count, chunk.Length, now);
            try
            {
                if (index == 0 && status != BlobPutStatus.Malformed)
                {
                    // The first chunk starts again, whether there is room for the whole or not.
                    Directory.CreateDirectory(DirectoryOf(owner));
                    FaultPoint.Before("RelayBlob.Begin");
                    if (_parts.Remove((owner, blob), out var before))
                    {
                        File.Delete(before);
                    }
                    FaultPoint.After("RelayBlob.Begin");
                }
                if (status == BlobPutStatus.Accepted)
                {
                    Write(owner, blob, index, chunk.Span, now);
                }
                return ValueTask.FromResult(status);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Abandon(owner, blob);
                throw new RelayStorageException(RelayStorageFailure.Unavailable, exception);
            }
        }
    }

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(MailboxId owner, BlobId blob, int index, DateTimeOffset now)
    {
        BlobLedger.Whole whole;
        lock (_gate)
        {
            if (!_ledger.TryFind(owner, blob, now, out whole) || index < 0 || index >= whole.Count)
            {
                return null;
            }
        }
        try
        {
            var offset = (long)index * whole.Stride;
            var chunk = new byte[(int)Math.Min(whole.Stride, whole.Bytes - offset)];
            using var file = File.OpenHandle(WholePath(owner, blob, whole));
            return await RandomAccess.ReadAsync(file, chunk, offset) == chunk.Length
                ? chunk
                : (ReadOnlyMemory<byte>?)null;
        }
        catch (FileNotFoundException)
        {
            // Deleted or expired since.
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RelayStorageException(RelayStorageFailure.Unavailable, exception);
        }
    }

    public ValueTask DeleteAsync(MailboxId owner, BlobId blob)
    {
        lock (_gate)
        {
            Abandon(owner, blob);
            Remove(owner, blob);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask ExpireAsync(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (owner, blob) in _ledger.StalledAt(now))
            {
                Abandon(owner, blob);
            }
            foreach (var (owner, blob) in _ledger.ExpiredAt(now))
            {
                Remove(owner, blob);
            }
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<BlobCounts> CountAsync()
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_ledger.Counts);
        }
    }

    /// <summary>Whoever stops the relay in order loses nothing of what is half-done.</summary>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            foreach (var (owner, blob) in _parts.Keys.ToList())
            {
                try
                {
                    using var file = new FileStream(_parts[(owner, blob)], FileMode.Open, FileAccess.Write);
                    Sync(owner, blob, file, _ledger.ProgressOf(owner, blob)!);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    // What was durable before is.
                }
            }
            return ValueTask.CompletedTask;
        }
    }

    private void Write(MailboxId owner, BlobId blob, int index, ReadOnlySpan<byte> chunk, DateTimeOffset now)
    {
        var before = _ledger.ProgressOf(owner, blob)!;
        if (index == 0)
        {
            _parts[(owner, blob)] = PartPath(owner, blob, before);
        }
        var part = _parts[(owner, blob)];
        using var file = new FileStream(part, index == 0 ? FileMode.Create : FileMode.Open, FileAccess.Write);
        // What an earlier run wrote behind what is durable is written over.
        file.Position = (long)index * before.Stride;
        FaultPoint.Before("RelayBlob.Write");
        file.Write(chunk);
        file.Flush();
        FaultPoint.After("RelayBlob.Write");
        if (_ledger.Written(owner, blob, chunk.Length, now) is not { } whole)
        {
            if (_ledger.ProgressOf(owner, blob) is { } progress && BlobLedger.IsSyncDue(progress))
            {
                Sync(owner, blob, file, progress);
            }
            return;
        }
        file.SetLength(whole.Bytes);
        FaultPoint.Before("RelayBlob.Flush");
        file.Flush(flushToDisk: true);
        FaultPoint.After("RelayBlob.Flush");
        FaultPoint.Before("RelayBlob.Move");
        File.Move(part, WholePath(owner, blob, whole), overwrite: true);
        FaultPoint.After("RelayBlob.Move");
        // Once more after the rename: on ext4, XFS and Btrfs the journal that this waits for holds the new name too.
        FaultPoint.Before("RelayBlob.FlushName");
        file.Flush(flushToDisk: true);
        FaultPoint.After("RelayBlob.FlushName");
        _parts.Remove((owner, blob));
        if (_ledger.Add(owner, blob, whole) is { } replaced && WholePath(owner, blob, replaced) is var old)
        {
            if (old != WholePath(owner, blob, whole))
            {
                TryDelete(old);
            }
        }
    }

    /// <summary>What was written of a half-done blob becomes durable, and its name says so.</summary>
    private void Sync(MailboxId owner, BlobId blob, FileStream file, BlobLedger.Progress progress)
    {
        FaultPoint.Before("RelayBlob.Sync");
        file.Flush(flushToDisk: true);
        FaultPoint.After("RelayBlob.Sync");
        var path = PartPath(owner, blob, progress);
        FaultPoint.Before("RelayBlob.Rename");
        File.Move(file.Name, path, overwrite: true);
        FaultPoint.After("RelayBlob.Rename");
        _parts[(owner, blob)] = path;
    }

    private void ReadIndex()
    {
        foreach (var directory in Directory.EnumerateDirectories(_root))
        {
            if (!MailboxId.TryParse(Path.GetFileName(directory), out var owner))
            {
                continue;
            }
            foreach (var path in Directory.EnumerateFiles(directory))
            {
                if (TryReadPart(path, out var half, out var progress) && _ledger.Restore(owner, half, progress))
                {
                    _parts[(owner, half)] = path;
                }
                else if (path.EndsWith(PartSuffix, StringComparison.Ordinal))
                {
                    // Nothing of it is durable, or a power cut brought an older one back.
                    FaultPoint.Before("RelayBlob.ClearPart");
                    File.Delete(path);
                    FaultPoint.After("RelayBlob.ClearPart");
                }
                else if (TryReadName(path, out var blob, out var whole))
                {
                    _ledger.Add(owner, blob, whole);
                }
            }
        }
    }

    private static bool TryReadName(string path, out BlobId blob, out BlobLedger.Whole whole)
    {
        var parts = Path.GetFileName(path).Split('.');
        whole = new BlobLedger.Whole(0, 0, new FileInfo(path).Length, default);
        blob = default;
        if (
            parts.Length != 4
            || !BlobId.TryParse(parts[0], out blob)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var stride)
            || !long.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var expires)
            || expires > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
        )
        {
            return false;
        }
        whole = whole with
        {
            Count = count,
            Stride = stride,
            Expires = DateTimeOffset.FromUnixTimeMilliseconds(expires),
        };
        return true;
    }

    private static bool TryReadPart(string path, out BlobId blob, out BlobLedger.Progress progress)
    {
        var parts = Path.GetFileName(path).Split('.');
        progress = new BlobLedger.Progress(0, 0, 0, default);
        blob = default;
        if (
            parts.Length != 6
            || !path.EndsWith(PartSuffix, StringComparison.Ordinal)
            || !BlobId.TryParse(parts[0], out blob)
            || !TryReadNumber(parts[1], out var count)
            || !TryReadNumber(parts[2], out var stride)
            || stride > Limits.SealedBlobChunk
            || !TryReadNumber(parts[3], out var chunks)
            || chunks >= count
            || !long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var touched)
            || touched > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            || new FileInfo(path).Length < (long)chunks * stride
        )
        {
            return false;
        }
        progress = new BlobLedger.Progress(count, stride, chunks, DateTimeOffset.FromUnixTimeMilliseconds(touched));
        return true;
    }

    /// <summary>At least 1.</summary>
    private static bool TryReadNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number > 0;

    private void Abandon(MailboxId owner, BlobId blob)
    {
        if (_ledger.Abandon(owner, blob) && _parts.Remove((owner, blob), out var path))
        {
            TryDelete(path);
        }
    }

    private void Remove(MailboxId owner, BlobId blob)
    {
        if (_ledger.Remove(owner, blob) is { } whole)
        {
            TryDelete(WholePath(owner, blob, whole));
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            FaultPoint.Before("RelayBlob.Delete");
            File.Delete(path);
            FaultPoint.After("RelayBlob.Delete");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is out of the index; the next start finds it again and expires it.
        }
    }

    private string DirectoryOf(MailboxId owner) => Path.Combine(_root, owner.ToString());

    private string PartPath(MailboxId owner, BlobId blob, BlobLedger.Progress progress) =>
        Path.Combine(
            DirectoryOf(owner),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{blob}.{progress.Count}.{progress.Stride}.{progress.Chunks}.{progress.Touched.ToUnixTimeMilliseconds()}{PartSuffix}"
            )
        );

    private string WholePath(MailboxId owner, BlobId blob, BlobLedger.Whole whole) =>
        Path.Combine(
            DirectoryOf(owner),
            string.Create(
                CultureInfo.InvariantCulture,
                $"{blob}.{whole.Count}.{whole.Stride}.{whole.Expires.ToUnixTimeMilliseconds()}"
            )
        );
}
