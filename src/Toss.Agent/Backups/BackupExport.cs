using System.Runtime.CompilerServices;
using Google.Protobuf;
using Toss.Control;
using Toss.Core.Backups;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// Reads this device's history for a backup, record by record, newest first, on the agent's thread; holds the ids of all that was there
/// when it began, one clip and a chunk of content, however much there is. Each clip is read when its turn comes, so what is deleted
/// meanwhile does not go out. What is locked, secret, damaged, or not all here is left out and counted.
/// </summary>
internal sealed class BackupExport(DeviceAgent agent)
{
    private readonly byte[] _chunk = new byte[Limits.SealedBlobChunk];

    public ExportReport Report { get; private set; } = new(false, 0, 0);

    private IBlobStore Blobs => agent.Ports.Blobs;

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> FramesAsync(
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        // What history does not keep any more goes within the hour anyway, and into no backup.
        await agent.Room.SweepByKindAsync(cancellation);
        yield return BackupFrames.Write(SettingsBackup.Write(agent.Device.Record, agent.Settings));
        foreach (var clip in await agent.Ports.Store.HistoryIdsAsync(cancellation))
        {
            if (await FindAsync(clip, cancellation) is { } stored)
            {
                await foreach (var frame in FramesAsync(stored, cancellation))
                {
                    yield return frame;
                }
            }
        }
        yield return BackupFrames.Write(new BackupRecord { End = new BackupEnd { Clips = (ulong)Report.Clips } });
        Report = Report with { IsWhole = true };
    }

    private async IAsyncEnumerable<ReadOnlyMemory<byte>> FramesAsync(
        StoredClip stored,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var lease = agent.Room.Lease(stored.Clip.Id);
        if (!await IsExportedAsync(stored, cancellation))
        {
            yield break;
        }
        yield return BackupFrames.Write(BackedUpClip.Write(stored, OriginNames.Of(agent.Device, stored.Clip.Origin)));
        foreach (var blob in BackupContent.BlobsOf(stored.Clip))
        {
            var list = blob.IsListApart ? await ReadListAsync(blob, cancellation) : [];
            var whole = blob;
            if (list is null || (blob.IsListApart && !blob.TryWithList(list, out whole)))
            {
                yield return await BrokenAsync(stored.Clip, cancellation);
                yield break;
            }
            for (var at = 0; at < list.Length; at += Limits.SealedBlobChunk)
            {
                yield return Piece(list.AsMemory(at, Math.Min(Limits.SealedBlobChunk, list.Length - at)));
            }
            for (var index = 0; index < blob.Chunks; index++)
            {
                var length = await ReadChunkAsync(blob, index, cancellation);
                if (
                    length == 0
                    || !BlobOpener.Verify(whole, index, _chunk.AsSpan(0, length))
                    || await IsDeletedAsync(stored.Clip, cancellation)
                )
                {
                    yield return await BrokenAsync(stored.Clip, cancellation);
                    yield break;
                }
                yield return Piece(_chunk.AsMemory(0, length));
            }
        }
        Report = Report with { Clips = Report.Clips + 1, Bytes = Report.Bytes + stored.Clip.Size };
    }

    /// <summary>Null if it is in history no more, or does not open, which is counted.</summary>
    private async ValueTask<StoredClip?> FindAsync(ClipId clip, CancellationToken cancellation)
    {
        try
        {
            return await agent.Ports.Store.FindClipAsync(clip, cancellation);
        }
        catch (StoreException failure) when (failure.Failure == StoreFailure.Damaged)
        {
            Report = Report with { Damaged = Report.Damaged + 1 };
            return null;
        }
    }

    private async ValueTask<bool> IsExportedAsync(StoredClip stored, CancellationToken cancellation)
    {
        if (HistoryLock.In(agent.Device.Record).Any(locked => locked.Holds(stored)))
        {
            Report = Report with { Locked = Report.Locked + 1 };
            return false;
        }
        if (stored.Clip.Sensitivity != Sensitivity.Normal)
        {
            Report = Report with { Sensitive = Report.Sensitive + 1 };
            return false;
        }
        if (stored.State == ClipState.Complete && await IsHereAsync(stored.Clip, cancellation))
        {
            return true;
        }
        Report = Report with { NotHere = Report.NotHere + 1 };
        return false;
    }

    private async ValueTask<bool> IsHereAsync(Clip clip, CancellationToken cancellation)
    {
        foreach (var blob in clip.Blobs)
        {
            if (!await BackupContent.IsHereAsync(Blobs, blob, cancellation))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>The hashes that stand behind a blob's last chunk; null if they are damaged.</summary>
    private async ValueTask<byte[]?> ReadListAsync(BlobReference blob, CancellationToken cancellation)
    {
        var list = new byte[blob.SealedLength - blob.ListStart];
        for (var index = (int)(blob.ListStart / Limits.SealedBlobChunk); index < blob.Pieces; index++)
        {
            var length = await ReadPieceAsync(blob, index, cancellation);
            var begin = ((long)index * Limits.SealedBlobChunk) - blob.ListStart;
            var skipped = (int)Math.Max(0, -begin);
            if (length < skipped || begin + length > list.Length)
            {
                return null;
            }
            _chunk.AsSpan(skipped, length - skipped).CopyTo(list.AsSpan((int)(begin + skipped)));
        }
        return list;
    }

    /// <summary>Its length without what stands behind the last one; 0 if it is gone.</summary>
    private async ValueTask<int> ReadChunkAsync(BlobReference blob, int index, CancellationToken cancellation) =>
        Math.Min(await ReadPieceAsync(blob, index, cancellation), blob.SealedLengthOf(index));

    /// <summary>What the disk does not give back is damaged too: it is left out, and the rest comes.</summary>
    private async ValueTask<int> ReadPieceAsync(BlobReference blob, int index, CancellationToken cancellation)
    {
        try
        {
            return await Blobs.ReadChunksAsync(blob.Id, index, _chunk, cancellation);
        }
        catch (StoreException)
        {
            return 0;
        }
    }

    /// <summary>Some of it is out already, and whoever reads it leaves that out: what was deleted meanwhile is none of what is damaged.</summary>
    private async ValueTask<byte[]> BrokenAsync(Clip clip, CancellationToken cancellation)
    {
        var isDeleted = await IsDeletedAsync(clip, cancellation);
        Report = Report with { Damaged = Report.Damaged + (isDeleted ? 0 : 1) };
        return BackupFrames.Write(
            new BackupRecord
            {
                Piece = new BackupPiece { Broken = true, Deleted = isDeleted },
            }
        );
    }

    private ValueTask<bool> IsDeletedAsync(Clip clip, CancellationToken cancellation) =>
        agent.Ports.Store.IsDeletedAsync(clip.Id, cancellation);

    private static byte[] Piece(ReadOnlyMemory<byte> content) =>
        BackupFrames.Write(
            new BackupRecord { Piece = new BackupPiece { Content = UnsafeByteOperations.UnsafeWrap(content) } }
        );
}
