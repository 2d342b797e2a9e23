using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Core.Search;

namespace Toss.Agent.Histories;

/// <summary>
/// Search in memory: at the first key all previews are opened into a <see cref="HistoryIndex"/>, which follows what is committed while
/// somebody searches, and is zeroed a minute after the last key.
/// </summary>
internal sealed class HistorySearch(AgentPorts ports, Device device)
{
    /// <summary>How long plaintext stays in memory after the last question.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromMinutes(1);

    /// <summary>Rows opened at a time: some milliseconds, between which others have the store.</summary>
    private const int PageSize = 1024;

    private readonly AsyncLock _one = new();
    private readonly Wake _wake = new(ports.Time);
    private HistoryIndex? _index;

    /// <summary>While the index is being filled: what is committed meanwhile, for afterwards.</summary>
    private List<StoreWrite>? _missed;

    private DateTimeOffset _usedAt;

    /// <summary>Memory that was given up since the start, in bytes: it is the runtime's until somebody has it collected.</summary>
    public long BytesFreed { get; private set; }

    /// <summary>Clips that are in memory; for tests.</summary>
    public int Count => _index?.Count ?? 0;

    /// <summary>Newest first, at most so many and one, so that the caller knows whether there are more.</summary>
    /// <param name="isShown">What of that may be shown.</param>
    public async ValueTask<IReadOnlyList<StoredClip>> FindAsync(
        HistoryQuestion question,
        ClipStamp? before,
        int limit,
        Func<StoredClip, bool> isShown,
        CancellationToken cancellation
    )
    {
        var found = new List<StoredClip>();
        while (true)
        {
            var wanted = limit + 1 - found.Count;
            var matching = (await OpenAsync(cancellation)).Find(question, before, wanted);
            if (matching.Count == 0)
            {
                return found;
            }
            // What went meanwhile, and what is damaged, is not among them.
            var clips = await ports.Store.FindClipsAsync([.. matching.Select(one => one.Clip)], cancellation);
            found.AddRange(clips.Where(isShown).OrderByDescending(stored => stored.Clip.Stamp));
            if (found.Count > limit || matching.Count < wanted)
            {
                return found;
            }
            before = matching[^1].Stamp;
        }
    }

    /// <summary>On the agent's thread, after each commit.</summary>
    public void Note(IReadOnlyList<StoreWrite> writes)
    {
        if (_missed is not null)
        {
            _missed.AddRange(writes.Where(IsOfInterest));
        }
        else if (_index is not null)
        {
            foreach (var write in writes)
            {
                Follow(write);
            }
        }
    }

    /// <summary>Forgets what nobody asks for any more, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var left = _index is null ? Timeout.InfiniteTimeSpan : _usedAt + Kept - device.SteadyNow;
                if (left != Timeout.InfiniteTimeSpan && left <= TimeSpan.Zero)
                {
                    Drop();
                    continue;
                }
                await _wake.WaitAsync(left, cancellation);
            }
        }
        finally
        {
            Drop();
        }
    }

    private async ValueTask<HistoryIndex> OpenAsync(CancellationToken cancellation)
    {
        using (await _one.EnterAsync(cancellation))
        {
            _usedAt = device.SteadyNow;
            var index = _index ?? await LoadAsync(cancellation);
            _usedAt = device.SteadyNow;
            _wake.Ring();
            return index;
        }
    }

    private async ValueTask<HistoryIndex> LoadAsync(CancellationToken cancellation)
    {
        var index = new HistoryIndex();
        try
        {
            _missed = [];
            var next = ports.Store.ReadPreviewsAsync(0, PageSize, cancellation).AsTask();
            while (true)
            {
                using var page = await next;
                // The store opens the next ones while these are folded here.
                next = page.IsLast
                    ? Task.FromResult(page)
                    : ports.Store.ReadPreviewsAsync(page.Last, PageSize, cancellation).AsTask();
                index.Add(page);
                if (page.IsLast)
                {
                    break;
                }
            }
            foreach (var write in _missed)
            {
                Follow(index, write);
            }
            // Before anything else may be committed: what is from now on, it follows by itself.
            return _index = index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
        finally
        {
            _missed = null;
        }
    }

    private void Follow(StoreWrite write)
    {
        if (write is RestoreClips)
        {
            // They are read again with the next key.
            Drop();
        }
        else if (_index is not null)
        {
            Follow(_index, write);
        }
    }

    private static void Follow(HistoryIndex index, StoreWrite write)
    {
        switch (write)
        {
            case InsertClip insert:
                index.Add(insert.Clip.Clip);
                break;
            case MarkClip mark:
                index.Mark(mark.Clip, mark.Mark);
                break;
            case EraseClip erase:
                index.Remove(erase.Clip);
                break;
            case DeleteClips delete:
                foreach (var clip in delete.Clips)
                {
                    index.Remove(clip);
                }
                break;
        }
    }

    /// <summary>
    /// What goes in other ways is not found in the store, and so not shown. What is put back while rows are read comes as a new row, after
    /// all others.
    /// </summary>
    private static bool IsOfInterest(StoreWrite write) => write is InsertClip or MarkClip or EraseClip or DeleteClips;

    private void Drop()
    {
        if (_index is { } index)
        {
            _index = null;
            BytesFreed += index.Bytes;
            index.Dispose();
        }
    }
}
