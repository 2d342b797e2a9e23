using System.Text;

namespace Toss.Testing.Programs;

/// <summary>
/// Looks for things that must not be somewhere, in every form they are likely to have there: as they are, as UTF-16, as
/// hexadecimal, and as base64 wherever in it they may begin.
/// </summary>
public sealed class SecretSearch
{
    private readonly List<(string Name, byte[] Bytes)> _patterns = [];

    public SecretSearch Text(string name, string text)
    {
        Bytes(name, Encoding.UTF8.GetBytes(text));
        Bytes($"{name}, UTF-16", Encoding.Unicode.GetBytes(text));
        Bytes($"{name}, UTF-16 big-endian", Encoding.BigEndianUnicode.GetBytes(text));
        return this;
    }

    public SecretSearch Bytes(string name, byte[] bytes)
    {
        if (bytes.Length < 6)
        {
            throw new ArgumentException("What is shorter is found by chance.", nameof(bytes));
        }
        Add(name, bytes);
        foreach (var (form, text) in Forms(bytes))
        {
            // A dump of .NET holds strings as UTF-16.
            Add($"{name}, {form}", Encoding.ASCII.GetBytes(text));
            Add($"{name}, {form}, UTF-16", Encoding.Unicode.GetBytes(text));
        }
        return this;
    }

    /// <summary>The names of all that is in there, each with where.</summary>
    public IReadOnlyList<string> FindIn(ReadOnlySpan<byte> place)
    {
        var found = new List<string>();
        foreach (var (name, bytes) in _patterns)
        {
            if (place.IndexOf(bytes) is >= 0 and var at)
            {
                found.Add($"{name} at {at}");
            }
        }
        return found;
    }

    /// <summary>The readable memory of a process (root only), piece by piece.</summary>
    public IReadOnlyList<string> FindInMemory(int process, out long bytesRead)
    {
        var found = new HashSet<string>();
        bytesRead = 0;
        using var memory = new FileStream(
            $"/proc/{process}/mem",
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite,
            0
        );
        var piece = new byte[8 * 1024 * 1024];
        foreach (var line in File.ReadLines($"/proc/{process}/maps"))
        {
            // "7f0000000000-7f0000001000 rw-p …"; what was mapped without rights, and the kernel's own, is not there.
            var fields = line.Split(' ', 2);
            if (
                !fields[1].StartsWith('r')
                || line.EndsWith("[vvar]", StringComparison.Ordinal)
                || line.Contains("[vsyscall]")
            )
            {
                continue;
            }
            var ends = fields[0].Split('-').Select(end => Convert.ToInt64(end, 16)).ToArray();
            var overlap = _patterns.Max(pattern => pattern.Bytes.Length);
            for (var at = ends[0]; at < ends[1]; at += piece.Length - overlap)
            {
                var length = (int)Math.Min(piece.Length, ends[1] - at);
                int read;
                try
                {
                    memory.Position = at;
                    read = memory.ReadAtLeast(piece.AsSpan(0, length), length, throwOnEndOfStream: false);
                }
                catch (IOException)
                {
                    // Mapped beyond the end of its file.
                    break;
                }
                bytesRead += read;
                found.UnionWith(
                    FindIn(piece.AsSpan(0, read))
                        .Select(each => each[..each.LastIndexOf(" at ", StringComparison.Ordinal)])
                );
                if (length < piece.Length)
                {
                    break;
                }
            }
        }
        return [.. found];
    }

    private void Add(string name, byte[] bytes) => _patterns.Add((name, bytes));

    private static IEnumerable<(string Form, string Text)> Forms(byte[] bytes)
    {
        yield return ("hexadecimal", Convert.ToHexStringLower(bytes));
        yield return ("HEXADECIMAL", Convert.ToHexString(bytes));
        for (var skip = 0; skip < 3; skip++)
        {
            // With `skip` bytes before it, only the whole groups of three from its first boundary on are the same always.
            var begin = (3 - skip) % 3;
            var whole = (bytes.Length - begin) / 3 * 3;
            if (whole < 6)
            {
                continue;
            }
            var text = Convert.ToBase64String(bytes, begin, whole);
            yield return ($"base64 after {skip}", text);
            if (text.AsSpan().ContainsAny('+', '/'))
            {
                yield return ($"base64url after {skip}", text.Replace('+', '-').Replace('/', '_'));
            }
        }
    }
}
