using System.Text;

namespace Toss.Core.Files;

/// <summary>
/// Files of this machine on its clipboard, as the agent and its adapters speak of them: absolute paths, UTF-8, one a line
/// (<see cref="Clips.MediaTypes.LocalFiles"/>). Platforms have other forms: lists of addresses (RFC 2483 §5, RFC 8089) on Linux.
/// </summary>
public static class LocalFiles
{
    /// <summary>Files that are copied at once; each at most a path.</summary>
    public const int Most = 1024;

    /// <summary>Bytes of a list.</summary>
    public const int MostBytes = Most * FileSetLimits.Path;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    public static byte[] Write(IEnumerable<string> paths) => Encoding.UTF8.GetBytes(string.Join('\n', paths));

    public static IReadOnlyList<string> Read(ReadOnlySpan<byte> content) =>
        [.. Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>
    /// From a list of addresses, also with the word `copy` or `cut` before it, as GNOME has it. False unless each is a file of this
    /// machine: of a mixture nobody knows what was meant.
    /// </summary>
    public static bool TryReadAddresses(ReadOnlySpan<byte> list, out IReadOnlyList<string> paths)
    {
        paths = [];
        if (list.Length is 0 or > MostBytes)
        {
            return false;
        }
        string text;
        try
        {
            text = StrictUtf8.GetString(list.TrimEnd((byte)0));
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
        var found = new List<string>();
        foreach (var line in text.Split('\n').Select(static line => line.TrimEnd('\r')))
        {
            if (line.Length == 0 || line[0] == '#' || (found.Count == 0 && line is "copy" or "cut"))
            {
                continue;
            }
            if (found.Count == Most || !TryReadAddress(line, out var path))
            {
                return false;
            }
            found.Add(path);
        }
        paths = found;
        return found.Count > 0;
    }

    /// <summary>The address of a file of this machine.</summary>
    public static string AddressOf(string path) =>
        "file://" + string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    private static bool TryReadAddress(string address, out string path)
    {
        path = "";
        const string Scheme = "file://";
        if (!address.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        var rest = address[Scheme.Length..];
        if (rest.StartsWith("localhost/", StringComparison.OrdinalIgnoreCase))
        {
            rest = rest["localhost".Length..];
        }
        // Another machine's, or no path.
        if (!rest.StartsWith('/') || rest.Contains('%') && rest.Contains("%00", StringComparison.Ordinal))
        {
            return false;
        }
        path = Uri.UnescapeDataString(rest);
        return !path.Any(static c => c is '\n' or '\r' or '\0' or '\uFFFD');
    }
}
