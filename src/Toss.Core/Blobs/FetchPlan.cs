using Toss.Wire;

namespace Toss.Core.Blobs;

/// <summary>
/// What of a blob is to be asked for next: ranges of what is neither here nor on its way. Whoever takes a range gives it
/// back when it is over, and what did not come is asked for again, of whomever. Pure; not thread-safe.
/// </summary>
public sealed class FetchPlan
{
    /// <summary>So many chunks at most are asked for at a time: 4 MiB.</summary>
    private const int MostAtOnce = 32;

    /// <summary>
    /// Up to this round trip even single chunks keep a path busy, four at a time. What is under way when a device is killed is sent
    /// again: four of these parts, less than half of one percent then.
    /// </summary>
    private static readonly TimeSpan s_near = TimeSpan.FromMilliseconds(5);

    private const int PartsNear = 1024;

    /// <summary>Far away more has to be under way; still less than the whole, so that several sources share it.</summary>
    private const int PartsFar = 32;

    private readonly BlobId _blob;
    private readonly ChunkSet _here;
    private readonly ChunkSet _asked;
    private int _from;
    private int _free;

    /// <param name="here">What is here at the beginning.</param>
    public FetchPlan(BlobId blob, ChunkSet here)
    {
        (_blob, _here, _asked) = (blob, here.Copy(), new ChunkSet(here.Chunks));
        _free = here.Chunks - here.Held;
    }

    public ChunkSet Here => _here;

    public bool IsDone => _here.IsWhole;

    /// <summary>Chunks that are neither here nor asked for.</summary>
    public int Free => _free;

    /// <summary>The next range that nobody was asked for; false if there is none now.</summary>
    /// <param name="lacking">What this source does not have.</param>
    /// <param name="most">As from <see cref="AtOnce"/>.</param>
    public bool TryTake(ChunkSet lacking, int most, out BlobRange range)
    {
        while (_from < _here.Chunks && !IsFree(_from))
        {
            _from++;
        }
        var first = _from;
        while (first < _here.Chunks && !(IsFree(first) && !lacking.Contains(first)))
        {
            first++;
        }
        var count = 0;
        while (count < most && IsFree(first + count) && !lacking.Contains(first + count))
        {
            _asked.Add(first + count);
            count++;
        }
        _free -= count;
        range = new BlobRange(_blob, first, count);
        return count > 0;
    }

    /// <summary>How many chunks a range has for a source at this distance, of which it is not known yet perhaps.</summary>
    public static int AtOnce(int chunks, TimeSpan? roundTrip) =>
        Math.Clamp(chunks / (roundTrip <= s_near ? PartsNear : PartsFar), 1, MostAtOnce);

    /// <summary>
    /// How many chunks the next range of one of several sources has: towards the end fewer and fewer, so that none is left with much
    /// while the others have nothing to do.
    /// </summary>
    /// <param name="most">As from <see cref="AtOnce"/>, or less.</param>
    /// <param name="lanes">Ranges that all sources are asked for at a time.</param>
    public int Share(int most, int lanes) => Math.Clamp(_free / (2 * lanes), 1, most);

    /// <summary>This chunk is here.</summary>
    public void Came(int index) => _here.Add(index);

    /// <summary>A range that was taken is over, whatever came of it.</summary>
    public void GiveBack(BlobRange range)
    {
        for (var index = range.First; index < range.End; index++)
        {
            _asked.Remove(index);
            if (!_here.Contains(index))
            {
                _free++;
                _from = Math.Min(_from, index);
            }
        }
    }

    private bool IsFree(int index) => index < _here.Chunks && !_here.Contains(index) && !_asked.Contains(index);
}
