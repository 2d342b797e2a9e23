using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Large representations: sealed once into the blob store, moved as those same bytes, opened where they are used.</summary>
internal sealed class BlobCarrier(AgentPorts ports, Device device)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<BlobCarrier>();
    private readonly Dictionary<(BlobId Blob, Uri Relay), Task<BlobTransferStatus>> _uploads = [];
    private readonly Dictionary<(BlobId Blob, Uri Relay), DateTimeOffset> _failed = [];
    private readonly List<Task> _freeing = [];

    /// <summary>
    /// Between tries to store a blob. Its end wakes the rows of every peer: without a rest, two of them would each take
    /// the other's failure for a reason to try again at once.
    /// </summary>
    private static readonly TimeSpan UploadRetry = TimeSpan.FromSeconds(20);

    /// <summary>A path may be back: what failed for want of one need not rest.</summary>
    public void Retry()
    {
        foreach (var upload in _failed.Keys.ToList())
        {
            _failed[upload] = DateTimeOffset.MinValue;
        }
    }

    /// <summary>Decides what travels inline and seals the rest; the blobs are durable when it returns.</summary>
    public async ValueTask<IReadOnlyList<Representation>> SealLargeAsync(
        ClipContent content,
        CancellationToken cancellation
    )
    {
        var inline = Distribution.Inline(content.Representations);
        var representations = new List<Representation>(content.Representations.Count);
        try
        {
            for (var i = 0; i < content.Representations.Count; i++)
            {
                var (mediaType, bytes) = content.Representations[i];
                representations.Add(
                    inline[i]
                        ? new Representation(mediaType, bytes.Length, bytes, null)
                        : new Representation(mediaType, bytes.Length, null, await SealAsync(bytes, cancellation))
                );
            }
            return representations;
        }
        catch (StoreException)
        {
            await DiscardAsync(representations);
            throw;
        }
    }

    /// <summary>Erases the blobs of a copy that could not be recorded: nothing names them, and the disk may be full.</summary>
    public async ValueTask DiscardAsync(IReadOnlyList<Representation> representations)
    {
        foreach (var blob in representations.Select(representation => representation.Blob).OfType<BlobReference>())
        {
            try
            {
                await ports.Blobs.DeleteAsync(blob.Id, CancellationToken.None);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Erasing an unrecorded blob", failure);
            }
        }
    }

    /// <summary>Every representation of a complete clip in memory; null if a blob is gone or damaged.</summary>
    public async ValueTask<ClipContent?> ReadAsync(Clip clip, CancellationToken cancellation)
    {
        var representations = new List<ContentRepresentation>(clip.Representations.Count);
        foreach (var representation in clip.Representations)
        {
            var bytes = representation.Inline ?? await OpenAsync(representation.Blob!, cancellation);
            if (bytes is null)
            {
                return null;
            }
            representations.Add(new ContentRepresentation(representation.MediaType, bytes.Value));
        }
        return new ClipContent(representations, clip.Sensitivity);
    }

    /// <summary>
    /// True if the relay holds all of a clip's blobs. If not, they are on their way, and <paramref name="whenChanged"/> is
    /// called when that ended, well or not.
    /// </summary>
    public async ValueTask<BlobTransferStatus> EnsureStoredAsync(
        Clip clip,
        Uri relay,
        Action whenChanged,
        CancellationToken cancellation
    )
    {
        foreach (var blob in clip.Blobs)
        {
            var key = (blob.Id, relay);
            if (await ports.Store.IsBlobUploadedAsync(blob.Id, relay, cancellation))
            {
                _uploads.Remove(key);
                continue;
            }
            if (
                !_uploads.TryGetValue(key, out var upload)
                || (_failed.TryGetValue(key, out var failedAt) && device.SteadyNow - failedAt >= UploadRetry)
            )
            {
                _failed.Remove(key);
                upload = UploadAsync(blob, relay, whenChanged, cancellation);
                _uploads[key] = upload;
            }
            if (!upload.IsCompleted)
            {
                return BlobTransferStatus.NoPath;
            }
            var status = await upload;
            if (status != BlobTransferStatus.Done)
            {
                return status;
            }
            _uploads.Remove(key);
        }
        return BlobTransferStatus.Done;
    }

    /// <summary>
    /// Fetches every blob of a clip that is not here yet, from the mailboxes of its <paramref name="holders"/> where we are
    /// too. Verified chunk by chunk. Missing only if their homes and every other of these places say so: it may be stored at
    /// any of them.
    /// </summary>
    /// <param name="holders">Its origin, and who passed it on: both stored it before they spoke of it.</param>
    public async ValueTask<BlobTransferStatus> FetchAsync(
        Clip clip,
        IReadOnlyList<DeviceCard> holders,
        CancellationToken cancellation
    )
    {
        var places = holders
            .SelectMany(holder => holder.Addresses)
            .Where(address => device.HasMailboxAt(address.Relay))
            .ToList();
        var reachesAll = holders.All(holder => holder.Home is { } home && device.HasMailboxAt(home));
        foreach (var blob in clip.Blobs)
        {
            if (await ports.Blobs.CountChunksAsync(blob.Id, cancellation) == blob.Chunks)
            {
                continue;
            }
            var status = reachesAll ? BlobTransferStatus.Missing : BlobTransferStatus.NoPath;
            foreach (var place in places)
            {
                var fetched = await FetchAsync(blob, place, cancellation);
                if (fetched is BlobTransferStatus.Done or BlobTransferStatus.Stopped)
                {
                    status = fetched;
                    break;
                }
                status = fetched == BlobTransferStatus.Missing ? status : fetched;
            }
            if (status != BlobTransferStatus.Done)
            {
                return status;
            }
        }
        return BlobTransferStatus.Done;
    }

    /// <summary>
    /// Frees a clip's blobs at the relays that hold them, once every peer answered. Forgotten here first: one that is needed
    /// again is stored again, one that a crash leaves at the relay expires there. Waits for no relay: it is called from
    /// where envelopes come in, and an answer comes behind the envelopes that wait already.
    /// </summary>
    public async ValueTask FreeAsync(Clip clip, CancellationToken cancellation)
    {
        var stored = new List<(BlobId Blob, Uri Relay)>();
        try
        {
            foreach (var blob in clip.Blobs)
            {
                foreach (var relay in device.Record.Mailboxes.Select(mailbox => mailbox.Relay))
                {
                    if (await ports.Store.IsBlobUploadedAsync(blob.Id, relay, cancellation))
                    {
                        stored.Add((blob.Id, relay));
                    }
                }
            }
            if (stored.Count == 0)
            {
                return;
            }
            await ports.Store.CommitAsync(
                StoreStep.FreeUpload,
                [.. stored.Select(upload => new EraseBlobUpload(upload.Blob, upload.Relay))],
                cancellation
            );
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Freeing a blob at the relay", failure);
            return;
        }
        _freeing.RemoveAll(task => task.IsCompleted);
        foreach (var upload in stored)
        {
            _uploads.Remove(upload);
            _freeing.Add(DeleteAsync(upload.Blob, upload.Relay, cancellation));
        }
    }

    public Task WhenIdleAsync() => Task.WhenAll(_freeing);

    private async Task DeleteAsync(BlobId blob, Uri relay, CancellationToken cancellation)
    {
        try
        {
            await ports.Network.DeleteBlobAsync(relay, blob, cancellation);
        }
        catch (OperationCanceledException)
        {
            // The agent ends; the relay drops it by itself, later.
        }
    }

    private async ValueTask<BlobTransferStatus> FetchAsync(
        BlobReference blob,
        PeerAddress from,
        CancellationToken cancellation
    )
    {
        var writer = await ports.Blobs.CreateAsync(cancellation);
        await using (writer)
        {
            var result = await ports.Network.FetchBlobAsync(
                from,
                blob.Id,
                blob.Chunks,
                async (index, chunk) =>
                {
                    if (!BlobOpener.Verify(blob, index, chunk.Span))
                    {
                        return false;
                    }
                    await writer.AppendAsync(chunk, cancellation);
                    return true;
                },
                cancellation
            );
            _log.BlobFetched(blob.Id.Short, result.Status.ToString());
            if (result.Status == BlobTransferStatus.Done)
            {
                await writer.CommitAsync(blob.Id, cancellation);
            }
            return result.Status;
        }
    }

    private async ValueTask<BlobReference> SealAsync(ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        using var sealer = new BlobSealer(ports.Random);
        var writer = await ports.Blobs.CreateAsync(cancellation);
        await using (writer)
        {
            for (var offset = 0; offset < content.Length; offset += Limits.BlobChunk)
            {
                var chunk = content.Slice(offset, Math.Min(Limits.BlobChunk, content.Length - offset));
                var final = offset + chunk.Length == content.Length;
                await writer.AppendAsync(sealer.Seal(chunk.Span, final), cancellation);
            }
            var reference = sealer.Finish();
            await writer.CommitAsync(reference.Id, cancellation);
            return reference;
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>?> OpenAsync(BlobReference blob, CancellationToken cancellation)
    {
        var content = new byte[blob.Length];
        var at = 0;
        for (var index = 0; index < blob.Chunks; index++)
        {
            var chunk = await ports.Blobs.ReadChunkAsync(blob.Id, index, cancellation);
            if (
                chunk is null
                || !BlobOpener.TryOpen(blob, index, chunk.Value.Span, out var plaintext)
                || plaintext.Length > content.Length - at
            )
            {
                return null;
            }
            plaintext.CopyTo(content, at);
            at += plaintext.Length;
        }
        return at == content.Length ? content : null;
    }

    private async Task<BlobTransferStatus> UploadAsync(
        BlobReference blob,
        Uri relay,
        Action whenChanged,
        CancellationToken cancellation
    )
    {
        var status = BlobTransferStatus.NoPath;
        try
        {
            var result = await ports.Network.StoreBlobAsync(
                relay,
                blob.Id,
                blob.Chunks,
                async index =>
                    await ports.Blobs.ReadChunkAsync(blob.Id, index, cancellation)
                    ?? throw new StoreException(
                        StoreFailure.Damaged,
                        $"Blob {blob.Id.Short} is gone from this device."
                    ),
                cancellation
            );
            status = result.Status;
            _log.BlobStored(blob.Id.Short, status.ToString());
            if (status == BlobTransferStatus.Done)
            {
                await ports.Store.CommitAsync(
                    StoreStep.RecordUpload,
                    [new PutBlobUpload(blob.Id, relay, device.Now)],
                    cancellation
                );
            }
        }
        catch (StoreException failure)
        {
            status = BlobTransferStatus.Stopped;
            _log.WorkFailed("Storing a blob at the relay", failure);
        }
        finally
        {
            if (status != BlobTransferStatus.Done)
            {
                _failed[(blob.Id, relay)] = device.SteadyNow;
            }
            whenChanged();
        }
        return status;
    }
}
