namespace Toss.Core.Files;

/// <summary>
/// Where the entries of a received set go, below one folder: a safe name for each, numbered where two would be one. A folder has to
/// come before what is in it, so that no entry makes folders that were not counted. Not thread-safe.
/// </summary>
/// <param name="forWindows">Also without the characters that only Windows refuses.</param>
/// <param name="ignoresCase">Names that differ in case only are one here.</param>
public sealed class FilePlaces(bool forWindows = false, bool ignoresCase = false)
{
    private readonly Folder _top = new([], ignoresCase);

    /// <summary>Safe names from the top down; false if the folder that it is in was not named before, or it is itself a folder that was.</summary>
    public bool TryPlace(FileEntry entry, out IReadOnlyList<string> place)
    {
        place = [];
        var folder = _top;
        foreach (var part in entry.Parts.SkipLast(1))
        {
            if (!folder.Below.TryGetValue(part, out folder!))
            {
                return false;
            }
        }
        var name = entry.Parts[^1];
        if (entry.Kind == FileKind.Folder && folder.Below.ContainsKey(name))
        {
            return false;
        }
        place = [.. folder.Path, folder.Take(FileNames.MakeSafe(name, forWindows))];
        if (entry.Kind == FileKind.Folder)
        {
            folder.Below.Add(name, new Folder(place, ignoresCase));
        }
        return true;
    }

    /// <summary>
    /// Another place for the entry that was placed last: the file system has one of this name, by rules of its own for what is
    /// the same.
    /// </summary>
    public IReadOnlyList<string> PlaceAgain(FileEntry entry)
    {
        var folder = _top;
        foreach (var part in entry.Parts.SkipLast(1))
        {
            folder = folder.Below[part];
        }
        IReadOnlyList<string> place = [.. folder.Path, folder.Take(FileNames.MakeSafe(entry.Parts[^1], forWindows))];
        if (entry.Kind == FileKind.Folder)
        {
            folder.Below[entry.Parts[^1]] = new Folder(place, ignoresCase);
        }
        return place;
    }

    private sealed class Folder(IReadOnlyList<string> path, bool ignoresCase)
    {
        private readonly HashSet<string> _taken = new(
            ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal
        );
        private readonly Dictionary<string, int> _numbers = new(
            ignoresCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal
        );

        public IReadOnlyList<string> Path { get; } = path;

        /// <summary>By the name that its sender gave it.</summary>
        public Dictionary<string, Folder> Below { get; } = new(StringComparer.Ordinal);

        public string Take(string name)
        {
            if (_taken.Add(name))
            {
                return name;
            }
            // From the last number on: ten thousand of one name are not ten thousand times ten thousand looks.
            for (var number = _numbers.GetValueOrDefault(name, 2); ; number++)
            {
                var numbered = FileNames.Number(name, number);
                if (_taken.Add(numbered))
                {
                    _numbers[name] = number + 1;
                    return numbered;
                }
            }
        }
    }
}
