using Toss.Control;
using Toss.Core.Files;

namespace Toss.Agent.Files;

/// <summary>
/// The list of files whose bytes follow, as somebody wrote it: what is no list of a set is refused as a whole. Names that are unusual and
/// no way to elsewhere stay as they are: who receives makes them safe, as all names.
/// </summary>
internal static class GivenEntries
{
    /// <summary>Fails with <see cref="ControlException"/>; the sizes, each and in sum, are within <see cref="FileSetLimits"/>.</summary>
    public static IReadOnlyList<FileEntry> Read(GivenFilesRequest request, DateTimeOffset now)
    {
        if (request.Files.Count == 0)
        {
            throw new ControlException(ControlErrors.Empty, "There is nothing to send.");
        }
        if (request.Files.Count > FileSetLimits.Entries)
        {
            throw new ControlException(
                ControlErrors.TooLarge,
                $"More than {FileSetLimits.Entries} files and folders are not sent at once.",
                "Pack them into one file."
            );
        }
        var folders = new HashSet<string>();
        var size = 0L;
        var entries = new List<FileEntry>(request.Files.Count);
        foreach (var given in request.Files)
        {
            var entry = Read(given, now);
            size += entry.Size;
            if (size > FileSetLimits.Content)
            {
                throw TooMuch();
            }
            Place(entry, folders);
            entries.Add(entry);
        }
        return entries;
    }

    private static FileEntry Read(GivenFile? given, DateTimeOffset now)
    {
        // A list in JSON may have null in it.
        if (given is null)
        {
            throw Malformed();
        }
        var kind = given.Size is null ? FileKind.Folder : FileKind.File;
        var entry = new FileEntry(given.Names, kind, given.Modified ?? now, given.Size ?? 0);
        if (entry.Size < 0 || entry.Parts.Count == 0 || entry.Parts.Any(static name => !IsName(name)))
        {
            throw Malformed();
        }
        return FileSetWriter.IsWithinLimits(entry) ? entry : throw TooMuch();
    }

    /// <summary>Below a folder that was named, and itself no such folder: a set has each once, before what is in it.</summary>
    private static void Place(FileEntry entry, HashSet<string> folders)
    {
        if (entry.Parts.Count > 1 && !folders.Contains(KeyOf(entry.Parts.SkipLast(1))))
        {
            throw Malformed();
        }
        if (entry.Kind == FileKind.Folder && !folders.Add(KeyOf(entry.Parts)))
        {
            throw Malformed();
        }
    }

    /// <summary>No name has this character.</summary>
    private static string KeyOf(IEnumerable<string> names) => string.Join('\0', names);

    private static bool IsName(string? name) =>
        name is not (null or "" or "." or "..") && name.IndexOfAny(['/', '\0']) < 0;

    private static ControlException Malformed() =>
        new(ControlErrors.InvalidArgument, "The list of files is not well formed.");

    private static ControlException TooMuch() =>
        new(ControlErrors.TooLarge, "A file is too large, too deep in folders, or its name is too long.");
}
