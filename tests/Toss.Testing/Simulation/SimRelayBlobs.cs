using Toss.Relay;
using Toss.Relay.Blobs;
using Toss.Wire;

namespace Toss.Testing.Simulation;

/// <summary>The blobs of a simulated relay: counts what is stored there, and loses it when a test says so.</summary>
internal sealed class SimRelayBlobs : IBlobStore
{
    private MemoryBlobStore _blobs = new(RelayRules.Default.Quotas);

    /// <summary>Whole blobs that were ever stored.</summary>
    public int Stored { get; private set; }

    /// <summary>Chunks that ever came, whether they were taken or not.</summary>
    public int Chunks { get; private set; }

    /// <summary>Chunks that were ever fetched.</summary>
    public int Fetched { get; private set; }

    /// <summary>With so little room from now on; what is here is gone.</summary>
    public void Limit(long bytes) => _blobs = new MemoryBlobStore(RelayRules.Default.Quotas with { BlobBytes = bytes });

    public BlobCounts Counts => _blobs.Counts;

    public void Lose() => _blobs = new MemoryBlobStore(RelayRules.Default.Quotas);

    public ValueTask<BlobStanding> AskAsync(MailboxId owner, BlobId blob, int count, int size, DateTimeOffset now) =>
        _blobs.AskAsync(owner, blob, count, size, now);

    public async ValueTask<BlobPutStatus> PutAsync(
        MailboxId owner,
        BlobId blob,
        int index,
        int count,
        ReadOnlyMemory<byte> chunk,
        DateTimeOffset now
    )
    {
        Chunks++;
        var status = await _blobs.PutAsync(owner, blob, index, count, chunk, now);
        Stored += status == BlobPutStatus.Accepted && index == count - 1 ? 1 : 0;
        return status;
    }

    public async ValueTask<ReadOnlyMemory<byte>?> GetAsync(MailboxId owner, BlobId blob, int index, DateTimeOffset now)
    {
        var chunk = await _blobs.GetAsync(owner, blob, index, now);
        Fetched += chunk is null ? 0 : 1;
        return chunk;
    }

    public ValueTask DeleteAsync(MailboxId owner, BlobId blob) => _blobs.DeleteAsync(owner, blob);

    public ValueTask ExpireAsync(DateTimeOffset now) => _blobs.ExpireAsync(now);

    public ValueTask<BlobCounts> CountAsync() => _blobs.CountAsync();

    public ValueTask DisposeAsync() => _blobs.DisposeAsync();
}
