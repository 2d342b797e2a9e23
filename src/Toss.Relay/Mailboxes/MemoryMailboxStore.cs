using Toss.Wire;

namespace Toss.Relay.Mailboxes;

/// <summary>Mailboxes in memory: for tests and simulations. Everything completes at once.</summary>
public sealed class MemoryMailboxStore(RelayQuotas quotas) : IMailboxStore
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<MailboxId, Box> _boxes = [];

    /// <summary>A test's disk: while set, everything that writes fails.</summary>
    public bool Broken { get; set; }

    public ValueTask<IReadOnlyList<MailboxId>> OpenAsync(MailboxId owner, DateTimeOffset now)
    {
        lock (_gate)
        {
            if (!_boxes.TryGetValue(owner, out var box))
            {
                return ValueTask.FromResult<IReadOnlyList<MailboxId>>([]);
            }
            box.Seen = now;
            return ValueTask.FromResult(box.Allowed);
        }
    }

    public ValueTask AllowAsync(
        MailboxId owner,
        IReadOnlyList<MailboxId> allowed,
        IReadOnlyList<MailboxId> deliverOnly,
        DateTimeOffset now
    )
    {
        lock (_gate)
        {
            ThrowIfBroken();
            if (!_boxes.TryGetValue(owner, out var box))
            {
                _boxes.Add(owner, box = new Box());
            }
            box.Seen = now;
            box.Allowed = [.. allowed];
            box.DeliverOnly = [.. deliverOnly];
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<bool> IsAllowedAsync(MailboxId owner, MailboxId visitor)
    {
        lock (_gate)
        {
            return ValueTask.FromResult(_boxes.TryGetValue(owner, out var box) && box.Allowed.Contains(visitor));
        }
    }

    public ValueTask<AppendResult> AppendAsync(
        MailboxId to,
        MailboxId from,
        ReadOnlyMemory<byte> envelope,
        DateTimeOffset expires,
        DateTimeOffset now
    )
    {
        lock (_gate)
        {
            if (!_boxes.TryGetValue(to, out var box) || !box.MayAppend(from))
            {
                return ValueTask.FromResult(new AppendResult(AppendStatus.NotAllowed));
            }
            ThrowIfBroken();
            box.Entries.RemoveAll(entry => entry.Expires <= now);
            var own = box.Entries.Where(entry => entry.From == from).ToList();
            if (
                box.Entries.Count >= quotas.MailboxEnvelopes
                || box.Entries.Sum(Size) + envelope.Length > quotas.MailboxBytes
            )
            {
                return ValueTask.FromResult(new AppendResult(AppendStatus.MailboxFull));
            }
            if (
                own.Count >= quotas.MailboxEnvelopes / quotas.SenderShareDivisor
                || own.Sum(Size) + envelope.Length > quotas.MailboxBytes / quotas.SenderShareDivisor
            )
            {
                return ValueTask.FromResult(new AppendResult(AppendStatus.SenderQuota));
            }
            var sequence = ++box.Last;
            box.Entries.Add(new Entry(sequence, from, envelope.ToArray(), expires));
            return ValueTask.FromResult(new AppendResult(AppendStatus.Stored, sequence));
        }
    }

    public ValueTask<IReadOnlyList<StoredEnvelope>> ReadAsync(
        MailboxId owner,
        ulong after,
        int maxCount,
        int maxBytes,
        DateTimeOffset now
    )
    {
        lock (_gate)
        {
            var read = new List<StoredEnvelope>();
            var bytes = 0;
            foreach (var entry in _boxes.TryGetValue(owner, out var box) ? box.Entries : [])
            {
                if (entry.Sequence <= after || entry.Expires <= now)
                {
                    continue;
                }
                bytes += entry.Envelope.Length;
                if (read.Count > 0 && (read.Count >= maxCount || bytes > maxBytes))
                {
                    break;
                }
                read.Add(new StoredEnvelope(entry.Sequence, entry.From, entry.Envelope));
            }
            return ValueTask.FromResult<IReadOnlyList<StoredEnvelope>>(read);
        }
    }

    public ValueTask AcknowledgeAsync(MailboxId owner, ulong through)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            if (_boxes.TryGetValue(owner, out var box))
            {
                box.Entries.RemoveAll(entry => entry.Sequence <= through);
            }
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask ExpireAsync(DateTimeOffset now, DateTimeOffset unusedSince)
    {
        lock (_gate)
        {
            ThrowIfBroken();
            foreach (var (owner, box) in _boxes.ToList())
            {
                box.Entries.RemoveAll(entry => entry.Expires <= now);
                if (box.Seen < unusedSince)
                {
                    _boxes.Remove(owner);
                }
            }
            return ValueTask.CompletedTask;
        }
    }

    public ValueTask<MailboxCounts> CountAsync()
    {
        lock (_gate)
        {
            return ValueTask.FromResult(
                new MailboxCounts(
                    _boxes.Count,
                    _boxes.Values.Sum(box => box.Entries.Count),
                    _boxes.Values.Sum(box => box.Entries.Sum(Size))
                )
            );
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static long Size(Entry entry) => entry.Envelope.Length;

    private void ThrowIfBroken()
    {
        if (Broken)
        {
            throw new RelayStorageException(RelayStorageFailure.Unavailable);
        }
    }

    private sealed class Box
    {
        public IReadOnlyList<MailboxId> Allowed { get; set; } = [];
        public IReadOnlyList<MailboxId> DeliverOnly { get; set; } = [];
        public List<Entry> Entries { get; } = [];
        public ulong Last { get; set; }
        public DateTimeOffset Seen { get; set; }

        public bool MayAppend(MailboxId from) => Allowed.Contains(from) || DeliverOnly.Contains(from);
    }

    private sealed record Entry(ulong Sequence, MailboxId From, byte[] Envelope, DateTimeOffset Expires);
}
