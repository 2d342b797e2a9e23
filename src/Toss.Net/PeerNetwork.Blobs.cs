using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Transport.Relay;
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
        Action<int> held,
        CancellationToken cancellation
    ) => await BlobTransfers.StoreAsync(At(relay), blob, chunks, read, held, cancellation);

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        PeerAddress from,
        BlobRange range,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    ) => await BlobTransfers.FetchAsync(At(from.Relay), from.Mailbox, range, write, cancellation);

    public async ValueTask<BlobTransferResult> FetchBlobAsync(
        DeviceId from,
        BlobRange range,
        int held,
        Func<int, ReadOnlyMemory<byte>, ValueTask<bool>> write,
        CancellationToken cancellation
    )
    {
        if (_links is null)
        {
            return new BlobTransferResult(BlobTransferStatus.NoPath);
        }
        // A direct link that does not answer now is not waited for.
        var link = _links.To(from) is { IsResponsive: true } direct
            ? direct
            : await _links.RelayedToAsync(from, CircuitPlaces(from), cancellation);
        return link is null
            ? new BlobTransferResult(BlobTransferStatus.NoPath)
            : await link.FetchAsync(range, held, write, cancellation);
    }

    public async ValueTask<bool> DeleteBlobAsync(Uri relay, BlobId blob, CancellationToken cancellation) =>
        At(relay) is { } connection
        && await connection.AskAsync(session => session.DeleteBlob(blob), cancellation)
            is { Answer: RelayAnswer.Accepted };
}
