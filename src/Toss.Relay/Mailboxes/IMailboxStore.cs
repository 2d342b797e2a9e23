using Toss.Wire;

namespace Toss.Relay.Mailboxes;

/// <summary>
/// Mailboxes and their Allow lists. Every call is atomic, and durable when it completes; calls made one after another
/// take effect in that order. A failed disk is a <see cref="RelayStorageException"/>. One conformance suite holds for all
/// implementations.
/// </summary>
public interface IMailboxStore : IAsyncDisposable
{
    /// <summary>Gives the Allow list, empty for a new mailbox, and marks a known one as in use. Works on a full disk.</summary>
    ValueTask<IReadOnlyList<MailboxId>> OpenAsync(MailboxId owner, DateTimeOffset now);

    /// <summary>
    /// Replaces the Allow list, and that of mailboxes which may append and nothing else. A mailbox exists from its first
    /// list on.
    /// </summary>
    ValueTask AllowAsync(
        MailboxId owner,
        IReadOnlyList<MailboxId> allowed,
        IReadOnlyList<MailboxId> deliverOnly,
        DateTimeOffset now
    );

    /// <summary>Whether it is in the Allow list proper. False for an unknown owner too: the two look alike.</summary>
    ValueTask<bool> IsAllowedAsync(MailboxId owner, MailboxId visitor);

    /// <summary>Appends if <paramref name="from"/> is in one of the lists and within its quotas.</summary>
    ValueTask<AppendResult> AppendAsync(
        MailboxId to,
        MailboxId from,
        ReadOnlyMemory<byte> envelope,
        DateTimeOffset expires,
        DateTimeOffset now
    );

    /// <summary>
    /// The oldest envelopes after a sequence, unexpired, in order: at least one if there is one, then as many as stay
    /// within both bounds.
    /// </summary>
    ValueTask<IReadOnlyList<StoredEnvelope>> ReadAsync(
        MailboxId owner,
        ulong after,
        int maxCount,
        int maxBytes,
        DateTimeOffset now
    );

    /// <summary>Forgets everything up to and including a sequence.</summary>
    ValueTask AcknowledgeAsync(MailboxId owner, ulong through);

    /// <summary>Forgets expired envelopes, and mailboxes nobody opened since <paramref name="unusedSince"/>.</summary>
    ValueTask ExpireAsync(DateTimeOffset now, DateTimeOffset unusedSince);

    ValueTask<MailboxCounts> CountAsync();
}

/// <summary>Sequences of one mailbox grow by one with each append and are never used twice.</summary>
public readonly record struct AppendResult(AppendStatus Status, ulong Sequence = 0);

public enum AppendStatus
{
    Stored,
    NotAllowed,
    MailboxFull,
    SenderQuota,
}

public sealed record StoredEnvelope(ulong Sequence, MailboxId From, ReadOnlyMemory<byte> Envelope);

public readonly record struct MailboxCounts(long Mailboxes, long Envelopes, long Bytes);
