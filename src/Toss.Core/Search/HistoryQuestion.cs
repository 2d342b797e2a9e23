using Toss.Wire;

namespace Toss.Core.Search;

/// <summary>What is looked for in a <see cref="HistoryIndex"/>: clips in whose preview, tags or origin's name each of the words is.</summary>
public sealed class HistoryQuestion(string text, HistoryFilter filter, Func<DeviceId, string> nameOf)
{
    /// <summary>Words that are compared: nobody types more, and each costs a pass.</summary>
    private const int MostWords = 16;

    private readonly Dictionary<DeviceId, byte[]> _names = [];

    /// <summary>Folded.</summary>
    public IReadOnlyList<byte[]> Words { get; } =
    [
        .. text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Take(MostWords)
            .Select(FoldedText.Fold)
            .Where(word => word.Length > 0)
            // The longest first: it is in the fewest.
            .OrderByDescending(word => word.Length),
    ];

    public HistoryFilter Filter => filter;

    public DateTimeOffset Since { get; init; } = DateTimeOffset.UnixEpoch;

    public DateTimeOffset Until { get; init; } = DateTimeOffset.MaxValue;

    /// <summary>Whether the name of its origin has this word in it.</summary>
    public bool IsInName(DeviceId origin, ReadOnlySpan<byte> word)
    {
        if (!_names.TryGetValue(origin, out var name))
        {
            _names.Add(origin, name = FoldedText.Fold(nameOf(origin)));
        }
        return name.AsSpan().IndexOf(word) >= 0;
    }
}
