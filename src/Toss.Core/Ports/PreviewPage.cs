using System.Buffers;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Ports;

/// <summary>
/// What a search looks through of some clips: their previews, one behind the other in one buffer, which
/// <see cref="Dispose"/> zeroes.
/// </summary>
public sealed class PreviewPage(int capacity = 0) : IDisposable
{
    /// <summary>Of one preview: what <see cref="Limits.Preview"/> characters take at most.</summary>
    public const int LargestText = Limits.Preview * 3;

    /// <summary>Enough for a thousand texts of usual length.</summary>
    private const int FirstSize = 256 * 1024;

    private byte[] _text = ArrayPool<byte>.Shared.Rent(FirstSize);
    private int _length;

    public List<PreviewRow> Rows { get; } = new(capacity);

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
        Rows.Add(new PreviewRow(id, stamp, kind, mark, _length, length));
        _length += length;
    }

    public void End(long last, bool isLast) => (Last, IsLast) = (last, isLast);

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_text, clearArray: true);
        _text = [];
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
