using System.Buffers;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// What a search looks through of some clips: their previews, one behind the other in one buffer, which
/// <see cref="Dispose"/> zeroes. A search reads all of history in pages: they take turns with the same memory, or to collect it would
/// cost as much as to open what it holds.
/// </summary>
/// <param name="capacity">Clips that it will hold, if nothing else is known.</param>
/// <param name="ofAll">Clips of all of history; 0 if nobody counted.</param>
public sealed class PreviewPage(int capacity = 0, int ofAll = 0) : IDisposable
{
    /// <summary>Of one preview: what <see cref="Limits.Preview"/> characters take at most.</summary>
    public const int LargestText = Limits.Preview * 3;

    /// <summary>Enough for a thousand texts of usual length.</summary>
    private const int FirstSize = 256 * 1024;

    private byte[] _text = ArrayPool<byte>.Shared.Rent(FirstSize);
    private PreviewRow[] _rows = ArrayPool<PreviewRow>.Shared.Rent(capacity);
    private int _length;
    private int _count;

    public ArraySegment<PreviewRow> Rows => new(_rows, 0, _count);

    public int OfAll => ofAll;

    /// <summary>The place of the last row; where the next page begins.</summary>
    public long Last { get; private set; }

    /// <summary>Nothing comes after it.</summary>
    public bool IsLast { get; private set; }

    /// <summary>UTF-8.</summary>
    public ReadOnlySpan<byte> TextOf(PreviewRow row) => _text.AsSpan(row.Start, row.Length);

    /// <param name="text">UTF-8; what is longer than a preview may be is cut.</param>
    public void Add(ClipId id, ClipStamp stamp, ClipKind kind, ClipMark mark, ReadOnlySpan<byte> text)
    {
        var length = CutAt(text);
        if (_text.Length - _length < length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_text.Length * 2, _length + length));
            _text.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_text, clearArray: true);
            _text = larger;
        }
        text[..length].CopyTo(_text.AsSpan(_length));
        if (_count == _rows.Length)
        {
            var more = ArrayPool<PreviewRow>.Shared.Rent(Math.Max(16, _count * 2));
            _rows.AsSpan().CopyTo(more);
            ArrayPool<PreviewRow>.Shared.Return(_rows, clearArray: true);
            _rows = more;
        }
        _rows[_count++] = new PreviewRow(id, stamp, kind, mark, _length, length);
        _length += length;
    }

    public void End(long last, bool isLast) => (Last, IsLast) = (last, isLast);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text, clearArray: true);
        ArrayPool<PreviewRow>.Shared.Return(_rows, clearArray: true);
        (_text, _rows, _count) = ([], [], 0);
    }

    /// <summary>Between characters.</summary>
    private static int CutAt(ReadOnlySpan<byte> text)
    {
        if (text.Length <= LargestText)
        {
            return text.Length;
        }
        var end = LargestText;
        while (end > 0 && (text[end] & 0xC0) == 0x80)
        {
            end--;
        }
        return end;
    }
}

/// <summary>One clip of a page, and where its preview stands in it.</summary>
public readonly record struct PreviewRow(
    ClipId Id,
    ClipStamp Stamp,
    ClipKind Kind,
    ClipMark Mark,
    int Start,
    int Length
);
