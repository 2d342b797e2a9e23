using Toss.Relay.Blobs;
using Toss.Relay.Mailboxes;
using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <summary>Who may put, fetch and delete a blob; the stores do the rest.</summary>
internal sealed class BlobDesk(IMailboxStore mailboxes, IBlobStore blobs)
{
    /// <summary>How many chunks of it are here, or why none would be taken.</summary>
    public async ValueTask<(Reason?, int)> AskAsync(MailboxId owner, BlobAsk ask, DateTimeOffset now)
    {
        if (!BlobId.TryFrom(ask.Blob.Span, out var blob) || ask.Count > int.MaxValue || ask.Size > int.MaxValue)
        {
            return (Reason.Malformed, 0);
        }
        var standing = await blobs.AskAsync(owner, blob, (int)ask.Count, (int)ask.Size, now);
        return (ReasonOf(standing.Status), standing.Chunks);
    }

    public async ValueTask<Reason?> PutAsync(MailboxId owner, BlobPut put, DateTimeOffset now)
    {
        if (put.Chunk.Length > Limits.SealedBlobChunk)
        {
            return Reason.TooLarge;
        }
        if (!BlobId.TryFrom(put.Blob.Span, out var blob) || put.Index >= put.Count || put.Count > int.MaxValue)
        {
            return Reason.Malformed;
        }
        return ReasonOf(await blobs.PutAsync(owner, blob, (int)put.Index, (int)put.Count, put.Chunk.Memory, now));
    }

    public async ValueTask<(Reason?, ReadOnlyMemory<byte>)> GetAsync(MailboxId me, BlobGet get, DateTimeOffset now)
    {
        if (
            !MailboxId.TryFrom(get.Owner.Span, out var owner)
            || !BlobId.TryFrom(get.Blob.Span, out var blob)
            || get.Index > int.MaxValue
        )
        {
            return (Reason.Malformed, default);
        }
        // An unknown owner and one that does not allow me look alike; what it keeps is for those it allows.
        if (owner != me && !await mailboxes.IsAllowedAsync(owner, me))
        {
            return (Reason.NotAllowed, default);
        }
        return await blobs.GetAsync(owner, blob, (int)get.Index, now) is { } chunk
            ? (null, chunk)
            : (Reason.NoBlob, default);
    }

    public async ValueTask<Reason?> DeleteAsync(MailboxId me, BlobDelete delete)
    {
        if (!BlobId.TryFrom(delete.Blob.Span, out var blob))
        {
            return Reason.Malformed;
        }
        await blobs.DeleteAsync(me, blob);
        return null;
    }

    private static Reason? ReasonOf(BlobPutStatus status) =>
        status switch
        {
            BlobPutStatus.Accepted => null,
            BlobPutStatus.OutOfOrder => Reason.OutOfOrder,
            BlobPutStatus.QuotaExceeded => Reason.BlobQuota,
            BlobPutStatus.TooMany => Reason.TooMany,
            _ => Reason.Malformed,
        };
}
