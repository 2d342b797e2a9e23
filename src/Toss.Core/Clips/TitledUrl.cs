using System.Text;

namespace Toss.Core.Clips;

/// <summary>
/// An address as it is copied in a browser: the URL, and the title that stood beside it, which may be empty. As a
/// representation (<see cref="MediaTypes.Url"/>) it is UTF-8: the URL, then, if there is a title, a line feed and it.
/// Nothing is ever fetched from it.
/// </summary>
public sealed record TitledUrl(string Url, string Title)
{
    /// <summary>Bytes of both: browsers refuse longer addresses than this.</summary>
    public const int MostBytes = 64 * 1024;

    /// <summary>False unless it is an absolute URL of something that is not a file of the machine it was copied on.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out TitledUrl url)
    {
        url = null!;
        var trimmed = utf8.TrimEnd("\0\r\n"u8);
        if (trimmed.Length is 0 or > MostBytes || !System.Text.Unicode.Utf8.IsValid(trimmed))
        {
            return false;
        }
        var text = Encoding.UTF8.GetString(trimmed);
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var address = (end < 0 ? text : text[..end]).TrimEnd('\r');
        var title = end < 0 ? "" : text[(end + 1)..];
        if (
            address.Any(c => c <= ' ')
            || !Uri.TryCreate(address, UriKind.Absolute, out var parsed)
            || parsed.IsFile
            || !address.StartsWith(parsed.Scheme + ":", StringComparison.OrdinalIgnoreCase)
        )
        {
            return false;
        }
        url = new TitledUrl(address, title);
        return true;
    }

    /// <summary>The first address of a list (RFC 2483 §5), which has no titles.</summary>
    public static bool TryReadList(ReadOnlySpan<byte> list, out TitledUrl url)
    {
        url = null!;
        foreach (var line in list.Length > MostBytes ? default : list.Split((byte)'\n'))
        {
            var entry = list[line].TrimEnd("\r\0"u8);
            if (entry.Length > 0 && entry[0] != '#')
            {
                return TryRead(entry, out url);
            }
        }
        return false;
    }

    public byte[] ToBytes() => Encoding.UTF8.GetBytes(Title.Length == 0 ? Url : $"{Url}\n{Title}");
}
