using Toss.Wire;

namespace Toss.Relay.Blobs;

/// <summary>Blobs in memory: for tests and simulations. Everything completes at once.</summary>
public sealed class MemoryBlobStore(RelayQuotas quotas) : IBlobStore
{
    private readonly Lock _gate = new();
    private readonly BlobLedger _ledger = new(quotas);
    private readonly Dictionary<(MailboxId, BlobId), List<byte[]>> _parts = [];
    private readonly Dictionary<(MailboxId, BlobId), List<byte[]>> _whole = [];

    public BlobCounts Counts
    {
        get
        {
            lock (_gate)
            {
                return _ledger.Counts;
            }
        }
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
            foreach (var resting in index == 0 ? _ledger.InTheWay(owner, blob, count, chunk.Length, now) : [])
            {
                _ledger.Abandon(owner, resting);
                _parts.Remove((owner, resting));
            }
            var status = _ledger.Admit(owner, blob, index, count, chunk.Length, now);
            if (index == 0 && status != BlobPutStatus.Malformed)
            {
                // The first chunk starts again, whether there is room for the whole or not.
                _parts.Remove((owner, blob));
            }
            if (status != BlobPutStatus.Accepted)
            {
                return ValueTask.FromResult(status);
            }
            if (index == 0)
            {
                _parts[(owner, blob)] = [];
            }
            _parts[(owner, blob)].Add(chunk.ToArray());
            if (_ledger.Written(owner, blob, chunk.Length, now) is { } whole)
            {
                _parts.Remove((owner, blob), out var chunks);
                _whole[(owner, blob)] = chunks!;
                _ledger.Add(owner, blob, whole);
            }
            return ValueTask.FromResult(status);
        }
    }

    public ValueTask<ReadOnlyMemory<byte>?> GetAsync(MailboxId owner, BlobId blob, int index, DateTimeOffset now)
    {
        lock (_gate)
        {
            ReadOnlyMemory<byte>? chunk =
                _ledger.TryFind(owner, blob, now, out var whole) && index >= 0 && index < whole.Count
                    ? _whole[(owner, blob)][index]
                    : (ReadOnlyMemory<byte>?)null;
            return ValueTask.FromResult(chunk);
        }
    }

    public ValueTask DeleteAsync(MailboxId owner, BlobId blob)
    {
        lock (_gate)
        {
            Forget(owner, blob);
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask ExpireAsync(DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var (owner, blob) in _ledger.StalledAt(now))
            {
                _ledger.Abandon(owner, blob);
                _parts.Remove((owner, blob));
            }
            foreach (var (owner, blob) in _ledger.ExpiredAt(now))
            {
                _ledger.Remove(owner, blob);
                _whole.Remove((owner, blob));
            }
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<BlobCounts> CountAsync() => ValueTask.FromResult(Counts);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Forget(MailboxId owner, BlobId blob)
    {
        _ledger.Abandon(owner, blob);
        _parts.Remove((owner, blob));
        _ledger.Remove(owner, blob);
        _whole.Remove((owner, blob));
    }
}
