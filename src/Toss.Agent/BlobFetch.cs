using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// One blob on its way here: asks its sources for ranges, all at once and each for several, verifies every chunk and keeps it.
/// What one did not bring is asked of the others; what a slow one would bring last, an idle one brings instead. Sources may join
/// while it comes.
/// </summary>
internal sealed class BlobFetch(
    BlobReference blob,
    IPartialBlob part,
    Transfer transfer,
    TimeProvider time,
    ILogger log
)
{
    /// <summary>Ranges that one source is asked for at a time: the next is on its way while one is written.</summary>
    private const int AtOnce = 4;

    /// <summary>A take-over may bring a chunk twice: one in a hundred at most, or these few of a small blob.</summary>
    private const int TwiceAtMost = 4;

    /// <summary>How often who has nothing to do looks whether another is slow.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly FetchPlan _plan = new(blob.Id, part.Held);
    private readonly SteadyClock _clock = new(time);
    private BlobReference _blob = blob;
    private readonly List<Waiter<bool>> _waiting = [];
    private readonly List<BlobLane> _underWay = [];
    private readonly Dictionary<(DeviceId, Uri?), BlobSource> _sources = [];
    private readonly List<Task> _lanes = [];
    private Action? _look;
    private bool _isOver;

    /// <summary>Chunks that may have come twice, since one took over what another was sending.</summary>
    public int Twice { get; private set; }

    /// <summary>True if all is here now. Throws <see cref="StoreException"/> if it cannot be kept.</summary>
    /// <param name="find">Who may have it; asked again when somebody may have joined.</param>
    /// <param name="putAside">Told of a source whose bytes are not those of the blob.</param>
    public async ValueTask<bool> RunAsync(
        Func<IEnumerable<BlobSource>> find,
        Action<BlobSource, BlobTransferStatus> putAside,
        CancellationToken cancellation
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        _lanes.Clear();
        _sources.Clear();
        _look = () =>
        {
            foreach (var source in find())
            {
                Join(source, putAside, stop.Token);
            }
        };
        Exception? failure = null;
        try
        {
            _look();
            // Who joins adds to them.
            for (var lane = 0; lane < _lanes.Count; lane++)
            {
                try
                {
                    await _lanes[lane];
                }
                catch (Exception thrown)
                {
                    // The first says why; the others end because of it, and none is left behind.
                    failure ??= thrown;
                    _look = null;
                    stop.Cancel();
                }
            }
        }
        finally
        {
            _look = null;
        }
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
        return _plan.IsDone;
    }

    /// <summary>Somebody may have it who had not, or may be there who was not.</summary>
    public void LookAgain() => _look?.Invoke();

    /// <summary>Before it runs: the list came, and with it the pieces that it stands in.</summary>
    public void Verify(BlobReference withList)
    {
        _blob = withList;
        for (var index = withList.Chunks - 1; index < withList.Pieces; index++)
        {
            _plan.Came(index);
        }
    }

    /// <summary>No more comes: who waits for a chunk finds that it is not here.</summary>
    public void End()
    {
        _isOver = true;
        Tell();
    }

    public bool Has(int index) => _plan.Here.Contains(index);

    /// <summary>Returns when this chunk is here, or nothing more comes; and after <paramref name="within"/>.</summary>
    public async ValueTask WaitForAsync(int index, TimeSpan within, CancellationToken cancellation)
    {
        var until = _clock.Now + within;
        for (var now = _clock.Now; !_isOver && !_plan.Here.Contains(index) && now < until; now = _clock.Now)
        {
            await ChangeAsync(until - now, cancellation);
        }
    }

    /// <summary>Returns when nothing more comes.</summary>
    public async ValueTask WaitForEndAsync(CancellationToken cancellation)
    {
        while (!_isOver)
        {
            await ChangeAsync(Timeout.InfiniteTimeSpan, cancellation);
        }
    }

    private void Join(
        BlobSource source,
        Action<BlobSource, BlobTransferStatus> putAside,
        CancellationToken cancellation
    )
    {
        var key = (source.Holder, source.Relay);
        if (_plan.IsDone || source.IsOver || (_sources.TryGetValue(key, out var known) && !known.IsOver))
        {
            return;
        }
        _sources[key] = source;
        for (var lane = 0; lane < AtOnce; lane++)
        {
            _lanes.Add(RunAsync(source, putAside, cancellation));
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
            source.Forgive(_clock.Now);
            if (!_plan.TryTake(source.Lacks, MostOf(source), out var range) && !TryTakeOver(source, out range))
            {
                if (_underWay.Count == 0)
                {
                    return;
                }
                // What another source was asked for may come back, or come too slowly.
                await ChangeAsync(Look, cancellation);
                continue;
            }
            var status = await FetchAsync(source, range, cancellation);
            if (status is BlobTransferStatus.Stopped or BlobTransferStatus.Malformed or BlobTransferStatus.Cancelled)
            {
                putAside(source, status);
            }
        }
    }

    private bool Accepts(int index, ReadOnlySpan<byte> chunk) => BlobOpener.Verify(_blob, index, chunk);

    private async ValueTask<BlobTransferStatus> FetchAsync(
        BlobSource source,
        BlobRange range,
        CancellationToken cancellation
    )
    {
        using var lane = new BlobLane(source, range, _clock.Now, cancellation);
        var way = source.Way;
        var result = new BlobTransferResult(BlobTransferStatus.NoPath);
        _underWay.Add(lane);
        try
        {
            result = await source.FetchAsync(
                range,
                _plan.Here.Held,
                (index, chunk) => WriteAsync(lane, index, chunk, cancellation),
                lane.Cut
            );
        }
        catch (OperationCanceledException) when (lane.IsCut && !cancellation.IsCancellationRequested)
        {
            // Another has what was left.
        }
        finally
        {
            _underWay.Remove(lane);
            _plan.GiveBack(lane.Range);
            if (lane is { IsCut: true, Left: <= 0 })
            {
                result = new BlobTransferResult(BlobTransferStatus.Done);
            }
            source.Note(result, lane, way, _clock.Now);
            Tell();
        }
        if (result.Status != BlobTransferStatus.Done)
        {
            log.RangeEnded(
                _blob.Id.Short,
                range.First,
                range.Count,
                lane.Came,
                source.Holder.Short,
                $"{result.Status}"
            );
        }
        return result.Status;
    }

    private async ValueTask<bool> WriteAsync(
        BlobLane lane,
        int index,
        ReadOnlyMemory<byte> chunk,
        CancellationToken cancellation
    )
    {
        if (!Accepts(index, chunk.Span))
        {
            return false;
        }
        if (!_plan.Here.Contains(index))
        {
            await part.WriteAsync(index, chunk, cancellation);
            _plan.Came(index);
            transfer.Add(lane.Source.Holder, chunk.Length);
        }
        var goesOn = lane.Brought(_clock.Now);
        Tell();
        return goesOn;
    }

    private int MostOf(BlobSource source)
    {
        var sources = _sources.Values.Count(static one => !one.IsOver);
        return sources > 1 ? _plan.Share(source.AtOnce, sources * AtOnce) : source.AtOnce;
    }

    /// <summary>
    /// Nobody is to be asked for anything new, but another source is slow, or silent: of what it would bring last, as much as makes
    /// both end at once. Only where that is at least twice as fast.
    /// </summary>
    private bool TryTakeOver(BlobSource source, out BlobRange range)
    {
        range = default;
        if (source.ChunkTime is not { } own || Twice >= Math.Max(TwiceAtMost, _blob.Chunks / 100))
        {
            return false;
        }
        var now = _clock.Now;
        var slowest = _underWay
            .Where(lane => lane.Source != source && lane.Left > 0)
            .MaxBy(lane => lane.Left * lane.Source.ChunkTimeOf(lane, now));
        if (slowest is null)
        {
            return false;
        }
        var theirs = slowest.Source.ChunkTimeOf(slowest, now);
        if (theirs <= own)
        {
            return false;
        }
        var take = (int)Math.Ceiling(slowest.Left * (theirs / (theirs + own)));
        for (var index = slowest.End - 1; index >= slowest.End - take; index--)
        {
            if (source.Lacks.Contains(index))
            {
                return false;
            }
        }
        if (slowest.Left * theirs <= 2 * own * take)
        {
            return false;
        }
        log.RangeTakenOver(_blob.Id.Short, slowest.End - take, take, slowest.Source.Holder.Short, source.Holder.Short);
        range = slowest.GiveUp(take);
        // Its first may be on the way.
        Twice++;
        return true;
    }

    /// <summary>Returns when something changed, or after <paramref name="within"/>.</summary>
    private async ValueTask ChangeAsync(TimeSpan within, CancellationToken cancellation)
    {
        var waiter = new Waiter<bool>();
        _waiting.Add(waiter);
        try
        {
            await waiter.WaitAsync(within, time, cancellation);
        }
        catch (TimeoutException)
        {
            _waiting.Remove(waiter);
        }
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
