using System.Buffers;
using System.Text;
using Toss.Wire;

namespace Toss.Storage.Rows;

/// <summary>What a person looks for: a part of the text, ignoring case, or of the name of the device it came from.</summary>
internal sealed class HistoryQuery(string text, IReadOnlyDictionary<DeviceId, string> names)
{
    private readonly SearchValues<string> _text = SearchValues.Create([text], StringComparison.OrdinalIgnoreCase);
    private readonly HashSet<DeviceId> _origins =
    [
        .. names.Where(name => name.Value.Contains(text, StringComparison.OrdinalIgnoreCase)).Select(name => name.Key),
    ];

    public bool MatchesOrigin(DeviceId origin) => _origins.Contains(origin);

    /// <param name="utf8">UTF-8; what is not is replaced and matches nothing.</param>
    public bool Matches(ReadOnlySpan<byte> utf8)
    {
        var characters = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(utf8.Length));
        try
        {
            var length = Encoding.UTF8.GetChars(utf8, characters);
            var found = characters.AsSpan(0, length).ContainsAny(_text);
            characters.AsSpan(0, length).Clear();
            return found;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }
    }
}
