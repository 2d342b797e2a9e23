using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Blobs;

namespace Toss.Agent;

/// <summary>
/// One blob on its way here: asks its sources for ranges, all at once and each for several, verifies every chunk and keeps it.
/// What one did not bring is asked of the others.
/// </summary>
internal sealed class BlobFetch(BlobReference blob, IPartialBlob part, Transfer transfer, ILogger log)
{
    /// <summary>Ranges that one source is asked for at a time: the next is on its way while one is written.</summary>
    private const int AtOnce = 4;

    private readonly FetchPlan _plan = new(blob.Id, part.Held);
    private readonly List<Waiter<bool>> _waiting = [];
    private int _underWay;
    private bool _isOver;

    /// <summary>True if all is here now. Throws <see cref="StoreException"/> if it cannot be kept.</summary>
    /// <param name="putAside">Told of a source whose bytes are not those of the blob.</param>
    public async ValueTask<bool> RunAsync(
        IReadOnlyList<BlobSource> sources,
        Action<BlobSource, BlobTransferStatus> putAside,
        CancellationToken cancellation
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var lanes = new List<Task>();
        foreach (var source in sources)
        {
            for (var lane = 0; lane < AtOnce; lane++)
            {
                lanes.Add(RunAsync(source, putAside, stop.Token));
            }
        }
        Exception? failure = null;
        foreach (var lane in lanes)
        {
            try
            {
                await lane;
            }
            catch (Exception thrown)
            {
                // The first says why; the others end because of it, and none is left behind.
                failure ??= thrown;
                stop.Cancel();
            }
        }
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
        return _plan.IsDone;
    }

    /// <summary>No more comes: who waits for a chunk finds that it is not here.</summary>
    public void End()
    {
        _isOver = true;
        Tell();
    }

    /// <summary>Returns when this chunk is here, or nothing more comes.</summary>
    public async ValueTask WaitForAsync(int index, CancellationToken cancellation)
    {
        while (!_isOver && !_plan.Here.Contains(index))
        {
            await ChangeAsync(cancellation);
        }
    }

    /// <summary>Returns when nothing more comes.</summary>
    public async ValueTask WaitForEndAsync(CancellationToken cancellation)
    {
        while (!_isOver)
        {
            await ChangeAsync(cancellation);
        }
    }

    private async Task RunAsync(
        BlobSource source,
        Action<BlobSource, BlobTransferStatus> putAside,
        CancellationToken cancellation
    )
    {
        while (!_plan.IsDone && !source.IsOver)
        {
            if (!_plan.TryTake(source.Lacks, source.AtOnce, out var range))
            {
                if (_underWay == 0)
                {
                    return;
                }
                // What another source was asked for may come back.
                await ChangeAsync(cancellation);
                continue;
            }
            var (way, came) = (source.Way, 0);
            var result = new BlobTransferResult(BlobTransferStatus.NoPath);
            _underWay++;
            try
            {
                result = await source.FetchAsync(
                    range,
                    _plan.Here.Held,
                    async (index, chunk) =>
                    {
                        if (!BlobOpener.Verify(blob, index, chunk.Span))
                        {
                            return false;
                        }
                        await part.WriteAsync(index, chunk, cancellation);
                        came++;
                        Came(source, index, chunk.Length);
                        return true;
                    },
                    cancellation
                );
            }
            finally
            {
                _underWay--;
                _plan.GiveBack(range);
                source.Note(result, range, way, came);
                Tell();
            }
            if (result.Status != BlobTransferStatus.Done)
            {
                log.RangeEnded(blob.Id.Short, range.First, range.Count, came, source.Holder.Short, $"{result.Status}");
            }
            if (
                result.Status
                is BlobTransferStatus.Stopped
                    or BlobTransferStatus.Malformed
                    or BlobTransferStatus.Cancelled
            )
            {
                putAside(source, result.Status);
            }
        }
    }

    private void Came(BlobSource source, int index, int length)
    {
        _plan.Came(index);
        transfer.Add(source.Holder, length);
        Tell();
    }

    private async ValueTask ChangeAsync(CancellationToken cancellation)
    {
        var waiter = new Waiter<bool>();
        _waiting.Add(waiter);
        await waiter.WaitAsync(cancellation);
    }

    private void Tell()
    {
        if (_waiting.Count > 0)
        {
            Waiter<bool>[] waiting = [.. _waiting];
            _waiting.Clear();
            Array.ForEach(waiting, static one => one.TrySet(true));
        }
    }
}
