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
        Action<int> held,
        CancellationToken cancellation
    )
    {
        if (connection is null)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        var size = (await read(0)).Length;
        for (var before = -1; ; )
        {
            // What an earlier connection brought, or an earlier run of this program.
            var standing = await connection.AskAsync(session => session.AskBlob(blob, chunks, size), cancellation);
            if (standing is not { Answer: RelayAnswer.Accepted } || standing.Chunks > chunks)
            {
                return ResultOf(standing);
            }
            held(standing.Chunks);
            var answered =
                standing.Chunks == chunks
                    ? standing
                    : await PutAsync(connection, blob, standing.Chunks, chunks, read, held, cancellation);
            if (answered is { Answer: RelayAnswer.Accepted })
            {
                return new BlobTransferResult(BlobTransferStatus.Done);
            }
            if (answered is not { Answer: RelayAnswer.OutOfOrder } || standing.Chunks <= before)
            {
                return ResultOf(answered);
            }
            // What was under way on another connection came in between; as long as that brings it further, it goes on.
            before = standing.Chunks;
        }
    }

    /// <summary>The answer to the last chunk, or to the first that was not taken; null if the connection broke.</summary>
    private static async ValueTask<RelayAnswered?> PutAsync(
        RelayConnection connection,
        BlobId blob,
        int first,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        Action<int> held,
        CancellationToken cancellation
    )
    {
        var asked = new Queue<Task<RelayAnswered?>>();
        RelayAnswered? answered = null;
        var (next, done) = (first, first);
        while (done < chunks)
        {
            if (next < chunks && asked.Count < Ahead)
            {
                // A copy: the caller may read the next chunk into the same buffer.
                var chunk = (await read(next)).ToArray();
                var number = next++;
                asked.Enqueue(
                    connection.AskAsync(session => session.PutChunk(blob, number, chunks, chunk), cancellation)
                );
                continue;
            }
            answered = await asked.Dequeue();
            if (answered is not { Answer: RelayAnswer.Accepted })
            {
                // Those behind it fare alike; their answers come before anything that is asked next.
                return answered;
            }
            held(++done);
        }
        return answered;
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
