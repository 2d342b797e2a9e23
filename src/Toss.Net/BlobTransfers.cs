using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net;

/// <summary>Moves blobs through a relay, a few chunks ahead of the answers. Continues on the caller's own scheduler.</summary>
internal static class BlobTransfers
{
    /// <summary>One more than the session has under way: the next is ready when an answer comes.</summary>
    private const int Ahead = RelaySession.BlobWindow + 1;

    public static async ValueTask<BlobTransferResult> StoreAsync(
        RelayConnection? connection,
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        CancellationToken cancellation
    )
    {
        if (connection is null)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        var asked = new Queue<Task<RelayAnswered?>>();
        for (var index = 0; index < chunks || asked.Count > 0; )
        {
            if (index < chunks && asked.Count < Ahead)
            {
                // A copy: the caller may read the next chunk into the same buffer.
                var chunk = (await read(index)).ToArray();
                var number = index++;
                asked.Enqueue(
                    connection.AskAsync(session => session.PutChunk(blob, number, chunks, chunk), cancellation)
                );
                continue;
            }
            var answered = await asked.Dequeue();
            if (answered is not { Answer: RelayAnswer.Accepted })
            {
                return ResultOf(answered);
            }
        }
        return new BlobTransferResult(BlobTransferStatus.Done);
    }

    public static async ValueTask<BlobTransferResult> FetchAsync(
        RelayConnection? connection,
        MailboxId owner,
        BlobRange range,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    )
    {
        if (connection is null)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        var asked = new Queue<Task<RelayAnswered?>>();
        var next = range.First;
        for (var index = range.First; index < range.End; index++)
        {
            for (; next < range.End && asked.Count < Ahead; next++)
            {
                var number = next;
                asked.Enqueue(
                    connection.AskAsync(session => session.GetChunk(owner, range.Blob, number), cancellation)
                );
            }
            var answered = await asked.Dequeue();
            if (answered is not { Answer: RelayAnswer.Accepted })
            {
                return ResultOf(answered);
            }
            if (!await write(index, answered.Payload))
            {
                return new BlobTransferResult(BlobTransferStatus.Stopped);
            }
        }
        return new BlobTransferResult(BlobTransferStatus.Done);
    }

    private static BlobTransferResult ResultOf(RelayAnswered? answered) =>
        answered is null
            ? new BlobTransferResult(BlobTransferStatus.NoPath)
            : new BlobTransferResult(
                answered.Answer switch
                {
                    RelayAnswer.BlobQuota => BlobTransferStatus.QuotaExceeded,
                    RelayAnswer.NoBlob => BlobTransferStatus.Missing,
                    _ => BlobTransferStatus.Refused,
                },
                answered.RetryAfter
            );
}
