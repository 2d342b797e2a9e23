using System.Runtime.CompilerServices;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Agent.Histories;

/// <summary>
/// History, newest first, some clips at a time: each may hold 64 KiB, and whoever looks for a few is not to hold them all. Between
/// two times the agent does other work.
/// </summary>
internal sealed class HistoryWalk(IAgentStore store)
{
    /// <summary>Clips read at a time.</summary>
    public const int Batch = 256;

    /// <summary>Clips of one moment that are listed; more of them no clock gives, and only somebody who makes stamps up.</summary>
    private const int MostOfOneMoment = 4096;

    /// <summary>How far back, in clips, is looked for one that somebody means.</summary>
    private const int Farthest = 10_000;

    /// <summary>Who gives the beginning of an id means one of the last so many, if one of them has it.</summary>
    private const int Near = 64;

    /// <param name="before">Only what is stamped earlier than this.</param>
    /// <param name="marked">Only what somebody pinned or tagged.</param>
    public async IAsyncEnumerable<IReadOnlyList<StoredClip>> ReadAsync(
        DateTimeOffset since,
        DateTimeOffset until,
        ClipStamp? before,
        bool marked,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var batch = Batch;
        while (true)
        {
            var end = before is { } last && last.Time < until ? last.Time : until;
            var clips = await store.HistoryBetweenAsync(since, end, batch, marked, cancellation);
            yield return [.. clips.Where(stored => !(stored.Clip.Stamp >= before))];
            if (clips.Count < batch)
            {
                yield break;
            }
            if (!(before <= clips[^1].Clip.Stamp))
            {
                (before, batch) = (clips[^1].Clip.Stamp, Batch);
            }
            // All of these are of a moment of which they were seen before: then it is read again, and more of it.
            else if (batch < MostOfOneMoment)
            {
                batch *= 2;
            }
            else
            {
                (until, batch) = (end.AddMilliseconds(-1), Batch);
            }
        }
    }

    /// <summary>The one whose id begins so among those that are meant; null if there is none. More than one is an error.</summary>
    public async ValueTask<StoredClip?> FindAsync(
        string begins,
        Func<StoredClip, bool> isMeant,
        CancellationToken cancellation
    )
    {
        StoredClip? found = null;
        var looked = 0;
        await foreach (var stored in NewestAsync(cancellation))
        {
            if (stored.Clip.Id.ToString().StartsWith(begins, StringComparison.OrdinalIgnoreCase) && isMeant(stored))
            {
                found = found is null
                    ? stored
                    : throw new ControlException(
                        ControlErrors.InvalidArgument,
                        "More than one copy has an id that begins so.",
                        "`toss history --json` lists ids."
                    );
            }
            if (++looked == Near && found is not null)
            {
                break;
            }
        }
        return found;
    }

    /// <summary>From the newest on, as far back as a list may show.</summary>
    public async IAsyncEnumerable<StoredClip> NewestAsync([EnumeratorCancellation] CancellationToken cancellation)
    {
        var left = Farthest;
        await foreach (
            var clips in ReadAsync(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, null, marked: false, cancellation)
        )
        {
            foreach (var stored in clips.Take(left))
            {
                yield return stored;
            }
            left -= clips.Count;
            if (left <= 0)
            {
                yield break;
            }
        }
    }
}
