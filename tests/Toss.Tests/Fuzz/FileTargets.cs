using System.Text;
using Toss.Core.Files;

namespace Toss.Tests.Fuzz;

/// <summary>A set of files that somebody sent: read in pieces, each entry given its place.</summary>
internal static class FileTargets
{
    /// <summary>True if it is a whole set. Whatever it says, no place leads out of the folder, and none is given twice.</summary>
    public static bool Read(byte[] bytes)
    {
        var reader = new FileSetReader();
        var places = new FilePlaces(forWindows: true, ignoresCase: true);
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var length = 0L;
        foreach (var piece in bytes.Chunk(7))
        {
            reader.Give(piece);
            FileSetPart part;
            while ((part = reader.Next()).Kind != FileSetPartKind.None)
            {
                if (part.Kind == FileSetPartKind.Malformed)
                {
                    return false;
                }
                length += part.Data.Length + part.Length;
                if (part.Entry is { } entry)
                {
                    if (!places.TryPlace(entry, out var place))
                    {
                        return false;
                    }
                    if (!place.All(IsSafe) || !taken.Add(string.Join('/', place)))
                    {
                        throw new InvalidOperationException($"{string.Join('/', place)} is no place.");
                    }
                }
            }
        }
        if (length > FileSetLimits.Content)
        {
            throw new InvalidOperationException($"{length} bytes.");
        }
        return reader.IsWhole;
    }

    /// <summary>True if it names files of this machine, each by an absolute path in one line.</summary>
    public static bool ReadLocal(byte[] bytes)
    {
        if (!LocalFiles.TryReadAddresses(bytes, out var paths))
        {
            return false;
        }
        if (
            paths.Count is 0 or > LocalFiles.Most
            || paths.Any(path => path[0] != '/')
            || !LocalFiles.Read(LocalFiles.Write(paths)).SequenceEqual(paths)
        )
        {
            throw new InvalidOperationException("Not as it was read.");
        }
        return true;
    }

    private static bool IsSafe(string name) =>
        name.Length > 0
        && name is not ("." or "..")
        && name[^1] is not ('.' or ' ')
        && !name.Any(c => char.IsControl(c) || c is '/' or '\\' or ':' or '\u202E')
        && Encoding.UTF8.GetByteCount(name) <= 255;
}
