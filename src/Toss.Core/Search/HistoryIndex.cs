using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Core.Search;

/// <summary>
/// Previews and tags of all of history, folded, in memory: what a search looks through at each key. Not thread-safe.
/// <see cref="Dispose"/> zeroes the text.
/// </summary>
public sealed class HistoryIndex : IDisposable
{
    /// <summary>Bytes of one piece of memory: large enough to be few, small enough to end up half empty without loss.</summary>
    private const int SlabSize = 1 << 20;

    /// <summary>Text held whole. Beyond it, of each clip only the beginning: a million long clips would else be a gigabyte.</summary>
    private const long PlentyOfText = 128L << 20;

    /// <summary>Of a text that is folded when there is much already.</summary>
    private const int Beginning = 256;

    private const int RowSize = 80;

    private readonly List<byte[]> _slabs = [];
    private readonly List<DeviceId> _origins = [];
    private readonly Dictionary<DeviceId, int> _numbers = [];

    /// <summary>Oldest first, once sorted: what is copied now comes at the end.</summary>
    private readonly List<Row> _rows = [];

    /// <summary>Where one text after another is folded.</summary>
    private byte[] _scratch = [];

    private int _used = SlabSize;
    private long _text;
    private bool _isSorted = true;

    private readonly record struct Row(
        UInt128 Id,
        long Milliseconds,
        int Origin,
        ushort Counter,
        ClipKind Kind,
        ClipMark Mark,
        int Slab,
        int Start,
        int Length
    );

    public int Count => _rows.Count;

    /// <summary>What it takes, about.</summary>
    public long Bytes => ((long)_slabs.Count * SlabSize) + ((long)_rows.Capacity * RowSize);

    /// <param name="page">Not disposed.</param>
    public void Add(PreviewPage page)
    {
        _rows.EnsureCapacity(page.OfAll);
        foreach (var row in page.Rows)
        {
            Append(row.Id, row.Stamp, row.Kind, row.Mark, page.TextOf(row));
        }
    }

    /// <summary>Nothing if it is there already.</summary>
    public void Add(Clip clip)
    {
        if (Find(clip.Id) < 0)
        {
            var kind = SharingRules.KindOf(clip.Sensitivity, clip.Representations[0].MediaType);
            Append(clip.Id, clip.Stamp, kind, ClipMark.None, Encoding.UTF8.GetBytes(clip.Preview));
        }
    }

    public void Remove(ClipId clip)
    {
        if (Find(clip) is >= 0 and var place)
        {
            CryptographicOperations.ZeroMemory(TextOf(_rows[place]));
            _rows.RemoveAt(place);
        }
    }

    /// <summary>Its tags are searched too, so its text is another one now.</summary>
    public void Mark(ClipId clip, ClipMark mark)
    {
        if (Find(clip) is not (>= 0 and var place))
        {
            return;
        }
        var row = _rows[place];
        var text = TextOf(row);
        var end = text.IndexOf(TagsBegin);
        var preview = (end < 0 ? text : text[..end]).ToArray();
        CryptographicOperations.ZeroMemory(text);
        _rows[place] = Stored(row with { Mark = mark }, preview);
        CryptographicOperations.ZeroMemory(preview);
    }

    /// <summary>Newest first: those that match, at most so many.</summary>
    /// <param name="before">Only what is stamped earlier than this.</param>
    public List<(ClipId Clip, ClipStamp Stamp)> Find(HistoryQuestion question, ClipStamp? before, int limit)
    {
        Sort();
        var found = new List<(ClipId, ClipStamp)>();
        var (since, until) = (question.Since.ToUnixTimeMilliseconds(), question.Until.ToUnixTimeMilliseconds());
        var rows = CollectionsMarshal.AsSpan(_rows);
        for (var i = rows.Length - 1; i >= 0 && found.Count < limit; i--)
        {
            ref readonly var row = ref rows[i];
            if (
                row.Milliseconds >= since
                && row.Milliseconds <= until
                && (before is null || StampOf(row) < before)
                && question.Filter.Passes(row.Kind, _origins[row.Origin], row.Mark)
                && Matches(row, question)
            )
            {
                found.Add((new ClipId(row.Id), StampOf(row)));
            }
        }
        return found;
    }

    public void Dispose()
    {
        foreach (var slab in _slabs)
        {
            CryptographicOperations.ZeroMemory(slab);
        }
        CryptographicOperations.ZeroMemory(_scratch);
        _slabs.Clear();
        _rows.Clear();
        _used = SlabSize;
    }

    /// <summary>Between preview and tags, and after each tag: no word that is looked for has it.</summary>
    private const byte TagsBegin = (byte)'\n';

    private void Append(ClipId id, ClipStamp stamp, ClipKind kind, ClipMark mark, ReadOnlySpan<byte> preview)
    {
        if (!_numbers.TryGetValue(stamp.Origin, out var origin))
        {
            _numbers.Add(stamp.Origin, origin = _origins.Count);
            _origins.Add(stamp.Origin);
        }
        var taken = _text < PlentyOfText ? preview : preview[..Math.Min(preview.Length, Beginning)];
        if (_scratch.Length < taken.Length * FoldedText.Growth)
        {
            CryptographicOperations.ZeroMemory(_scratch);
            _scratch = new byte[Math.Max(PreviewPage.LargestText, taken.Length) * FoldedText.Growth];
        }
        var folded = _scratch.AsSpan(0, FoldedText.Fold(taken, _scratch));
        folded.Replace(TagsBegin, (byte)' ');
        var row = new Row(id.Value, stamp.UnixMilliseconds, origin, stamp.Counter, kind, mark, 0, 0, 0);
        _isSorted &= _rows.Count == 0 || StampOf(_rows[^1]) <= stamp;
        _rows.Add(Stored(row, folded));
    }

    private Row Stored(Row row, ReadOnlySpan<byte> folded)
    {
        var tags =
            row.Mark.Tags.Count == 0 ? [] : FoldedText.Fold(string.Concat(row.Mark.Tags.Select(tag => $"\n{tag}")));
        var length = folded.Length + tags.Length;
        if (_slabs.Count == 0 || SlabSize - _used < length)
        {
            _slabs.Add(GC.AllocateUninitializedArray<byte>(SlabSize));
            _used = 0;
        }
        var place = _slabs[^1].AsSpan(_used, length);
        folded.CopyTo(place);
        tags.CopyTo(place[folded.Length..]);
        row = row with { Slab = _slabs.Count - 1, Start = _used, Length = length };
        _used += length;
        _text += length;
        return row;
    }

    private bool Matches(in Row row, HistoryQuestion question)
    {
        var text = TextOf(row);
        foreach (var word in question.Words)
        {
            if (text.IndexOf(word) < 0 && !question.IsInName(_origins[row.Origin], word))
            {
                return false;
            }
        }
        return true;
    }

    private Span<byte> TextOf(in Row row) => _slabs[row.Slab].AsSpan(row.Start, row.Length);

    private ClipStamp StampOf(in Row row) => new(row.Milliseconds, row.Counter, _origins[row.Origin]);

    private int Find(ClipId clip) => _rows.FindLastIndex(row => row.Id == clip.Value);

    private void Sort()
    {
        if (!_isSorted)
        {
            _rows.Sort((left, right) => StampOf(left).CompareTo(StampOf(right)));
            _isSorted = true;
        }
    }
}
