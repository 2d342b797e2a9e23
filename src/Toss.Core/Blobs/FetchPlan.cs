using Toss.Wire;

namespace Toss.Core.Blobs;

/// <summary>
/// What of a blob is to be asked for next: ranges of what is neither here nor on its way. Whoever takes a range gives it
/// back when it is over, and what did not come is asked for again, of whomever. Pure; not thread-safe.
/// </summary>
public sealed class FetchPlan
{
    /// <summary>
    /// So many chunks at most are asked for at a time, 4 MiB: many round trips of a fast link. Smaller parts of smaller blobs, so
    /// that several sources share one.
    /// </summary>
    public const int MostAtOnce = 32;

    private const int Parts = 32;

    private readonly BlobId _blob;
    private readonly ChunkSet _here;
    private readonly ChunkSet _asked;
    private readonly int _atOnce;
    private int _from;

    /// <param name="here">What is here at the beginning.</param>
    public FetchPlan(BlobId blob, ChunkSet here)
    {
        (_blob, _here, _asked) = (blob, here.Copy(), new ChunkSet(here.Chunks));
        _atOnce = Math.Clamp(here.Chunks / Parts, 1, MostAtOnce);
    }

    public ChunkSet Here => _here;

    public bool IsDone => _here.IsWhole;

    /// <summary>The next range that nobody was asked for; false if there is none now.</summary>
    /// <param name="lacking">What this source does not have.</param>
    public bool TryTake(ChunkSet lacking, out BlobRange range)
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
        while (count < _atOnce && IsFree(first + count) && !lacking.Contains(first + count))
        {
            _asked.Add(first + count);
            count++;
        }
        range = new BlobRange(_blob, first, count);
        return count > 0;
    }

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
                _from = Math.Min(_from, index);
            }
        }
    }

    private bool IsFree(int index) => index < _here.Chunks && !_here.Contains(index) && !_asked.Contains(index);
}
