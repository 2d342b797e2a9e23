using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Deletes the files of blobs that no clip holds any more. A blob is on the disk before its clip is recorded, so a file
/// that no clip holds may also be a clip in the making: while the agent runs, only what a clip did hold is deleted.
/// </summary>
internal sealed class BlobSweep(AgentPorts ports)
{
    private readonly ILogger _log = ports.Logs.CreateLogger<BlobSweep>();

    /// <summary>
    /// At the start, before anything is sealed or fetched: what an earlier run stored and did not record, or erased and
    /// did not get to delete.
    /// </summary>
    public ValueTask DeleteOrphansAsync(CancellationToken cancellation) =>
        TryAsync(async () => await DeleteUnheldAsync(await ports.Blobs.ListAsync(cancellation), cancellation));

    /// <summary>Runs what may erase clips, then deletes the files that only those clips held.</summary>
    public async ValueTask<T> EraseAsync<T>(Func<ValueTask<T>> erase, CancellationToken cancellation)
    {
        IReadOnlyCollection<BlobId> held = [];
        await TryAsync(async () =>
            held = await ports.Store.HeldBlobsAsync(await ports.Blobs.ListAsync(cancellation), cancellation)
        );
        var result = await erase();
        await TryAsync(async () => await DeleteUnheldAsync(held, cancellation));
        return result;
    }

    private async ValueTask DeleteUnheldAsync(IReadOnlyCollection<BlobId> blobs, CancellationToken cancellation)
    {
        var held = await ports.Store.HeldBlobsAsync(blobs, cancellation);
        foreach (var blob in blobs)
        {
            if (!held.Contains(blob))
            {
                await ports.Blobs.DeleteAsync(blob, cancellation);
            }
        }
    }

    /// <summary>A disk that cannot list or delete costs space until the next start; neither the start nor the erasure.</summary>
    private async ValueTask TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StoreException failure)
        {
            _log.WorkFailed("Deleting blobs without a clip", failure);
        }
    }
}
