using System.Runtime.InteropServices;

namespace Toss.Quic.Collections;

/// <summary>
/// Numbers as disjoint half-open ranges in ascending order: packet numbers received, bytes of a stream acknowledged. Built
/// for few ranges and growth at the end; adding there costs nothing per number. Not thread-safe.
/// </summary>
internal sealed class RangeSet
{
    private readonly List<Range> _ranges = [];

    /// <summary>From <paramref name="Start"/> up to, and without, <paramref name="End"/>.</summary>
    public readonly record struct Range(long Start, long End)
    {
        public long Length => End - Start;
    }

    /// <summary>Ascending, disjoint, not adjacent. Valid until the next change.</summary>
    public ReadOnlySpan<Range> Ranges => CollectionsMarshal.AsSpan(_ranges);

    public int Count => _ranges.Count;

    public bool IsEmpty => _ranges.Count == 0;

    /// <summary>The smallest number, or -1.</summary>
    public long Smallest => _ranges.Count == 0 ? -1 : _ranges[0].Start;

    /// <summary>The largest number, or -1.</summary>
    public long Largest => _ranges.Count == 0 ? -1 : _ranges[^1].End - 1;

    public bool Contains(long number)
    {
        var at = FirstEndingAfter(number);
        return at < _ranges.Count && _ranges[at].Start <= number;
    }

    /// <summary>Whether every number of the range is held; true for an empty one.</summary>
    public bool Covers(long start, long end)
    {
        if (start >= end)
        {
            return true;
        }
        var at = FirstEndingAfter(start);
        return at < _ranges.Count && _ranges[at].Start <= start && _ranges[at].End >= end;
    }

    public void Add(long number) => Add(number, number + 1);

    /// <summary>Adds all of the range; what was held already stays. An empty range adds nothing.</summary>
    public void Add(long start, long end)
    {
        if (start >= end)
        {
            return;
        }
        // Adjacent ranges join: the first that ends at or after our start.
        var first = FirstEndingAfter(start - 1);
        var last = first;
        while (last < _ranges.Count && _ranges[last].Start <= end)
        {
            start = Math.Min(start, _ranges[last].Start);
            end = Math.Max(end, _ranges[last].End);
            last++;
        }
        if (last == first)
        {
            _ranges.Insert(first, new Range(start, end));
            return;
        }
        _ranges[first] = new Range(start, end);
        _ranges.RemoveRange(first + 1, last - first - 1);
    }

    public void Remove(long start, long end)
    {
        if (start >= end)
        {
            return;
        }
        var at = FirstEndingAfter(start);
        while (at < _ranges.Count && _ranges[at].Start < end)
        {
            var held = _ranges[at];
            _ranges.RemoveAt(at);
            if (held.Start < start)
            {
                _ranges.Insert(at++, new Range(held.Start, start));
            }
            if (held.End > end)
            {
                _ranges.Insert(at, new Range(end, held.End));
                return;
            }
        }
    }

    /// <summary>Forgets the smallest ranges until no more than <paramref name="count"/> are left: the bound on memory.</summary>
    public void KeepLargest(int count)
    {
        if (_ranges.Count > count)
        {
            _ranges.RemoveRange(0, _ranges.Count - count);
        }
    }

    public void Clear() => _ranges.Clear();

    private int FirstEndingAfter(long number)
    {
        var (low, high) = (0, _ranges.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_ranges[middle].End > number)
            {
                high = middle;
            }
            else
            {
                low = middle + 1;
            }
        }
        return low;
    }
}
