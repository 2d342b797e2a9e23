using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Stores blobs at relays for peers that are on no link, and frees them there once nobody needs them. What a relay has of one is
/// asked first, so a try goes on where the last one stopped, whoever of the two was gone in between.
/// </summary>
internal sealed class BlobUploads(AgentPorts ports, Device device, PeerPresence presence, Transfers transfers)
{
    /// <summary>
    /// Between tries to store a blob. Its end wakes the rows of every peer: without a rest, two of them would each take
    /// the other's failure for a reason to try again at once.
    /// </summary>
    private static readonly TimeSpan UploadRetry = TimeSpan.FromSeconds(20);

    /// <summary>Who asks more often has it already.</summary>
    private static readonly TimeSpan AgainAtMost = TimeSpan.FromMinutes(1);

    /// <summary>Blobs that a relay is told to drop when it is there again; those beyond it drops by itself.</summary>
    private const int UndeletedAtMost = 256;

    private readonly ILogger _log = ports.Logs.CreateLogger<BlobUploads>();
    private readonly Dictionary<(BlobId Blob, Uri Relay), BlobUpload> _uploads = [];
    private readonly Dictionary<(BlobId Blob, Uri Relay), DateTimeOffset> _storedAgain = [];

    // Of which a peer was told that the relay has them, and no byte was sent: if it asks again, what is there is no good.
    private readonly HashSet<(BlobId Blob, Uri Relay, DeviceId Peer)> _trusted = [];
    private readonly DateTimeOffset _startedAt = device.Now;
    private readonly List<(BlobId Blob, Uri Relay)> _undeleted = [];
    private readonly List<Task> _freeing = [];

    /// <summary>An upload ended, well or not: rows may wait for it.</summary>
    public event Action? Ended;

    /// <summary>A path may be back: what failed for want of one need not rest.</summary>
    public void Retry(CancellationToken cancellation)
    {
        foreach (var upload in _uploads.Values.Where(upload => upload.FailedAt is not null))
        {
            upload.FailedAt = DateTimeOffset.MinValue;
        }
        var undeleted = _undeleted.ToList();
        _undeleted.Clear();
        undeleted.ForEach(one => Delete(one, cancellation));
    }

    /// <summary>
    /// Done if the relay holds all of a clip's blobs. If not, they are on their way until <see cref="Ended"/>.
    /// </summary>
    /// <param name="peer">Who will look for them there.</param>
    public async ValueTask<BlobTransferStatus> EnsureStoredAsync(
        Clip clip,
        DeviceId peer,
        Uri relay,
        CancellationToken cancellation
    )
    {
        foreach (var blob in clip.Blobs)
        {
            var key = (blob.Id, relay);
            if (await ports.Store.IsBlobUploadedAsync(blob.Id, relay, cancellation))
            {
                Forget(key);
                continue;
            }
            var upload = Of(key, clip.Id, blob.SealedLength);
            upload.Peers.Add(peer);
            upload.Transfer.Keep();
            if (!upload.IsTrying && (upload.FailedAt is not { } failedAt || device.SteadyNow - failedAt >= UploadRetry))
            {
                _ = upload.Try(stop => UploadAsync(upload, blob.Pieces, stop), cancellation);
            }
            if (upload.IsTrying)
            {
                return BlobTransferStatus.NoPath;
            }
            var status = await upload.Trying!;
            if (status != BlobTransferStatus.Done)
            {
                return status;
            }
            Forget(key);
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
        DeviceId peer,
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
        if (_trusted.Remove((blob, relay, peer)))
        {
            await ports.Network.DeleteBlobAsync(relay, blob, cancellation);
        }
        var upload = Of(key, clip: null, (long)chunks * Limits.SealedBlobChunk);
        upload.Peers.Add(peer);
        var status = upload.IsTrying
            ? await upload.Trying!
            : await upload.Try(stop => UploadAsync(upload, chunks, stop), cancellation);
        if (status == BlobTransferStatus.Done)
        {
            _storedAgain[key] = device.SteadyNow;
            if (upload.WasThere)
            {
                _trusted.Add((blob, relay, peer));
            }
            Forget(key);
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

    /// <summary>What is to go to a relay for this peer still is.</summary>
    public void Keep(DeviceId peer)
    {
        foreach (var upload in _uploads.Values.Where(upload => upload.Peers.Contains(peer)))
        {
            upload.Transfer.Keep();
        }
    }

    /// <summary>Whether something of a clip is on its way there now.</summary>
    public bool IsMoving(Clip clip, Uri relay) =>
        clip.Blobs.Any(blob =>
            _uploads.TryGetValue((blob.Id, relay), out var upload) && upload.IsTrying && upload.Transfer.IsRunning
        );

    /// <summary>Who was to fetch there what this brings.</summary>
    public IReadOnlyList<DeviceId> PeersOf(Transfer transfer) =>
        [.. _uploads.Values.Where(one => one.Transfer == transfer).SelectMany(one => one.Peers)];

    /// <summary>This peer fetches it from here after all: if nobody else waits for it at a relay, no more goes there.</summary>
    public void Rest(BlobId blob, DeviceId peer)
    {
        _freeing.RemoveAll(task => task.IsCompleted);
        foreach (var upload in _uploads.Values.Where(one => one.Blob == blob && one.Peers.SetEquals([peer])))
        {
            _freeing.Add(upload.StopAsync().AsTask());
        }
    }

    /// <summary>Somebody here stopped it: the relay drops what it has. To be called when no row waits for it any more.</summary>
    public async ValueTask CancelAsync(Transfer transfer, CancellationToken cancellation)
    {
        if (_uploads.Values.FirstOrDefault(one => one.Transfer == transfer) is not { } upload)
        {
            return;
        }
        await upload.StopAsync();
        var key = (upload.Blob, upload.Relay);
        Forget(key);
        await ports.Store.CommitAsync(
            StoreStep.FreeUpload,
            [new EraseBlobUpload(upload.Blob, upload.Relay)],
            cancellation
        );
        Delete(key, cancellation);
    }

    /// <summary>
    /// Frees a clip's blobs at the relays that hold them, once every peer answered. Forgotten here first: one that is needed
    /// again is stored again, one that a crash leaves at the relay expires there. Waits for no relay: it is called from
    /// where envelopes come in, and an answer comes behind the envelopes that wait already.
    /// </summary>
    public async ValueTask FreeAsync(StoredClip clip, CancellationToken cancellation)
    {
        var (stored, begun) = (new List<(BlobId Blob, Uri Relay)>(), new List<BlobUpload>());
        try
        {
            foreach (var blob in clip.Clip.Blobs)
            {
                begun.AddRange(_uploads.Values.Where(upload => upload.Blob == blob.Id));
                foreach (var relay in device.Record.Mailboxes.Select(mailbox => mailbox.Relay))
                {
                    // An earlier run may have begun it, which nobody remembers.
                    if (
                        clip.ReceivedAt < _startedAt
                        || await ports.Store.IsBlobUploadedAsync(blob.Id, relay, cancellation)
                    )
                    {
                        stored.Add((blob.Id, relay));
                    }
                }
            }
            if (stored.Count > 0)
            {
                await ports.Store.CommitAsync(
                    StoreStep.FreeUpload,
                    [.. stored.Select(upload => new EraseBlobUpload(upload.Blob, upload.Relay))],
                    cancellation
                );
            }
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Freeing a blob at the relay", failure);
            return;
        }
        _freeing.RemoveAll(task => task.IsCompleted);
        foreach (var upload in begun)
        {
            _freeing.Add(StopAndDeleteAsync(upload, cancellation));
        }
        foreach (var upload in stored)
        {
            Forget(upload);
            _storedAgain.Remove(upload);
            _trusted.RemoveWhere(one => one.Blob == upload.Blob && one.Relay == upload.Relay);
            Delete(upload, cancellation);
        }
    }

    public async Task WhenIdleAsync()
    {
        await Task.WhenAll(_uploads.Values.Select(upload => upload.Trying).OfType<Task>());
        await Task.WhenAll(_freeing);
    }

    private BlobUpload Of((BlobId Blob, Uri Relay) key, ClipId? clip, long total)
    {
        if (!_uploads.TryGetValue(key, out var upload))
        {
            var transfer = transfers.Uploading(key.Blob, clip, total, key.Relay);
            _uploads[key] = upload = new BlobUpload(key.Blob, key.Relay, transfer);
            transfer.Waiting = upload.Peers;
        }
        return upload;
    }

    private void Forget((BlobId, Uri) key)
    {
        if (_uploads.Remove(key, out var upload))
        {
            transfers.End(upload.Transfer);
            upload.Dispose();
        }
    }

    private async Task StopAndDeleteAsync(BlobUpload upload, CancellationToken cancellation)
    {
        await upload.StopAsync();
        Forget((upload.Blob, upload.Relay));
        Delete((upload.Blob, upload.Relay), cancellation);
    }

    private void Delete((BlobId Blob, Uri Relay) key, CancellationToken cancellation) =>
        _freeing.Add(DeleteAsync(key, cancellation));

    private async Task DeleteAsync((BlobId Blob, Uri Relay) key, CancellationToken cancellation)
    {
        try
        {
            if (
                // Wanted again meanwhile.
                !_uploads.ContainsKey(key)
                && !await ports.Network.DeleteBlobAsync(key.Relay, key.Blob, cancellation)
                && _undeleted.Count < UndeletedAtMost
            )
            {
                _undeleted.Add(key);
            }
        }
        catch (OperationCanceledException)
        {
            // The agent ends; the relay drops it by itself, later.
        }
    }

    private async Task<BlobTransferStatus> UploadAsync(BlobUpload upload, int chunks, CancellationToken cancellation)
    {
        var (blob, relay, transfer) = (upload.Blob, upload.Relay, upload.Transfer);
        var status = BlobTransferStatus.NoPath;
        using var reader = new ChunkReader(ports.Blobs, blob);
        var held = -1;
        transfer.Enter();
        try
        {
            var result = await ports.Network.StoreBlobAsync(
                relay,
                blob,
                chunks,
                index => reader.ReadAsync(index, chunks - index, cancellation),
                Held,
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
        catch (OperationCanceledException)
        {
            // The agent ends, or nobody wants it any more.
            status = BlobTransferStatus.Stopped;
        }
        catch (StoreException failure)
        {
            status = failure.Failure == StoreFailure.Damaged ? BlobTransferStatus.Missing : BlobTransferStatus.Stopped;
            _log.WorkFailed("Storing a blob at the relay", failure);
        }
        finally
        {
            transfer.Leave();
            transfer.Why = WhyNot(status, relay);
            upload.FailedAt = status == BlobTransferStatus.Done ? null : device.SteadyNow;
            Ended?.Invoke();
        }
        return status;

        void Held(int now)
        {
            if (held < 0)
            {
                upload.WasThere = now == chunks;
                transfer.StartAt((long)now * Limits.SealedBlobChunk);
            }
            else if (now > held)
            {
                transfer.Add(upload.Peers.Count > 0 ? upload.Peers.Min : null, (now - held) * Limits.SealedBlobChunk);
            }
            held = now;
        }
    }

    /// <summary>Why content is not at a relay, in words; null if it is.</summary>
    public static string? WhyNot(BlobTransferStatus status, Uri relay) =>
        status switch
        {
            BlobTransferStatus.Done => null,
            BlobTransferStatus.QuotaExceeded => $"no room for it at {relay.Host}: your storage there is full",
            BlobTransferStatus.NoPath => $"{relay.Host} is not there",
            BlobTransferStatus.Missing => "it cannot be read here",
            BlobTransferStatus.Stopped => "it goes on later",
            _ => $"{relay.Host} does not take it now",
        };
}
