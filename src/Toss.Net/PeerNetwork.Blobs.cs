using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Net;

// Blobs: stored at and fetched from relays, or fetched over a link.
public sealed partial class PeerNetwork
{
    public async ValueTask<BlobTransferResult> StoreBlobAsync(
        Uri relay,
        BlobId blob,
        int chunks,
        Func<int, ValueTask<ReadOnlyMemory<byte>>> read,
        CancellationToken cancellation
    ) => await BlobTransfers.StoreAsync(At(relay), blob, chunks, read, cancellation);

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobId blob,
        int chunks,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => await BlobTransfers.FetchAsync(At(from.Relay), from.Mailbox, blob, chunks, write, cancellation);

    public ValueTask<BlobTransferResult> FetchBlobAsync(
        DeviceId from,
        BlobId blob,
        int chunks,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) =>
        _links?.To(from) is { } link
            ? link.FetchAsync(blob, chunks, write, cancellation)
            : new(new BlobTransferResult(BlobTransferStatus.NoPath));

    public async ValueTask DeleteBlobAsync(Uri relay, BlobId blob, CancellationToken cancellation)
    {
        if (At(relay) is { } connection)
        {
            await connection.AskAsync(session => session.DeleteBlob(blob), cancellation);
        }
    }
}
