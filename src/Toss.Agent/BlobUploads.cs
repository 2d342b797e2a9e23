using System.Buffers;
using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>Stores blobs at relays for peers that are on no link, and frees them there once nobody needs them.</summary>
internal sealed class BlobUploads(AgentPorts ports, Device device, PeerPresence presence)
{
    /// <summary>
    /// Between tries to store a blob. Its end wakes the rows of every peer: without a rest, two of them would each take
    /// the other's failure for a reason to try again at once.
    /// </summary>
    private static readonly TimeSpan UploadRetry = TimeSpan.FromSeconds(20);

    /// <summary>Who asks more often has it already.</summary>
    private static readonly TimeSpan AgainAtMost = TimeSpan.FromMinutes(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobUploads>();
    private readonly Dictionary<(BlobId Blob, Uri Relay), Task<BlobTransferStatus>> _uploads = [];
    private readonly Dictionary<(BlobId Blob, Uri Relay), DateTimeOffset> _failed = [];
    private readonly Dictionary<(BlobId Blob, Uri Relay), DateTimeOffset> _storedAgain = [];
    private readonly List<Task> _freeing = [];

    /// <summary>An upload ended, well or not: rows may wait for it.</summary>
    public event Action? Ended;

    /// <summary>A path may be back: what failed for want of one need not rest.</summary>
    public void Retry()
    {
        foreach (var upload in _failed.Keys.ToList())
        {
            _failed[upload] = DateTimeOffset.MinValue;
        }
    }

    /// <summary>
    /// Done if the relay holds all of a clip's blobs. If not, they are on their way until <see cref="Ended"/>.
    /// </summary>
    public async ValueTask<BlobTransferStatus> EnsureStoredAsync(Clip clip, Uri relay, CancellationToken cancellation)
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
                upload = UploadAsync(blob.Id, blob.Chunks, relay, cancellation);
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
    /// Stores a blob for a peer that did not find it, whatever is recorded: the relay may have let it go. One that is on its
    /// way is waited for.
    /// </summary>
    public async ValueTask<BlobTransferStatus> StoreAgainAsync(
        BlobId blob,
        int chunks,
        Uri relay,
        CancellationToken cancellation
    )
    {
        var key = (blob, relay);
        foreach (var old in _storedAgain.Where(stored => device.SteadyNow - stored.Value >= AgainAtMost).ToList())
        {
            _storedAgain.Remove(old.Key);
        }
        if (_storedAgain.ContainsKey(key))
        {
            // Just now, for this peer or another.
            return BlobTransferStatus.Done;
        }
        if (!_uploads.TryGetValue(key, out var upload) || upload.IsCompleted)
        {
            _failed.Remove(key);
            upload = UploadAsync(blob, chunks, relay, cancellation);
            _uploads[key] = upload;
        }
        var status = await upload;
        if (status == BlobTransferStatus.Done)
        {
            _storedAgain[key] = device.SteadyNow;
        }
        return status;
    }

    /// <summary>
    /// Where a peer will look for a blob: at our home, unless that is down or the peer has not come there yet, and there is
    /// another relay where both are. Null without a relay.
    /// </summary>
    public Uri? PlaceFor(DeviceCard peer) =>
        device.Relays.FirstOrDefault(relay => presence.IsConnected(relay) && peer.HasMailboxAt(relay))
        ?? device.Relays.FirstOrDefault();

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
            _storedAgain.Remove(upload);
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

    private async Task<BlobTransferStatus> UploadAsync(
        BlobId blob,
        int chunks,
        Uri relay,
        CancellationToken cancellation
    )
    {
        var status = BlobTransferStatus.NoPath;
        var buffer = ArrayPool<byte>.Shared.Rent(Limits.SealedBlobChunk);
        try
        {
            var result = await ports.Network.StoreBlobAsync(
                relay,
                blob,
                chunks,
                index => ports.Blobs.NeedChunkAsync(blob, index, buffer, cancellation),
                cancellation
            );
            status = result.Status;
            _log.BlobStored(blob.Short, status.ToString());
            if (status == BlobTransferStatus.Done)
            {
                await ports.Store.CommitAsync(
                    StoreStep.RecordUpload,
                    [new PutBlobUpload(blob, relay, device.Now)],
                    cancellation
                );
            }
        }
        catch (StoreException failure)
        {
            status = failure.Failure == StoreFailure.Damaged ? BlobTransferStatus.Missing : BlobTransferStatus.Stopped;
            _log.WorkFailed("Storing a blob at the relay", failure);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            if (status != BlobTransferStatus.Done)
            {
                _failed[(blob, relay)] = device.SteadyNow;
            }
            Ended?.Invoke();
        }
        return status;
    }
}
