using Toss.Core.Files;
using Toss.Core.Ports;

namespace Toss.Platform.Files;

/// <summary>Everything that was named, and what is below it: looked at once, read once. Links are not followed.</summary>
internal sealed class FileTree : IFileTree
{
    private static readonly EnumerationOptions Everything = new()
    {
        AttributesToSkip = 0,
        IgnoreInaccessible = false,
        ReturnSpecialDirectories = false,
    };

    private readonly List<(string Path, FileEntry Entry)> _entries = [];
    private readonly List<FileRemark> _skipped = [];
    private readonly List<FileRemark> _changed = [];
    private readonly List<string> _names = [];

    private FileTree() => Content = new FileTreeStream(this);

    public IReadOnlyList<string> Names => _names;

    public int Files => _entries.Count - Folders;

    public int Folders { get; private set; }

    public long Size { get; private set; }

    public long Done { get; set; }

    public Stream Content { get; }

    public IReadOnlyList<FileRemark> Skipped => _skipped;

    public IReadOnlyList<FileRemark> Changed => _changed;

    /// <summary>Where each is on this machine. A folder comes before what is in it.</summary>
    public IReadOnlyList<(string Path, FileEntry Entry)> Entries => _entries;

    public static FileTree Look(IReadOnlyList<string> paths, CancellationToken cancellation)
    {
        var tree = new FileTree();
        var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in paths.Select(Path.GetFullPath).Select(Path.TrimEndingDirectorySeparator).Distinct())
        {
            var name = Path.GetFileName(path);
            if (name.Length == 0)
            {
                throw new FileTreeException(FileTreeFailure.TooMuch, "A whole disk is not sent.");
            }
            var (top, number) = (name, 2);
            while (!taken.Add(top))
            {
                // Of two folders: each keeps its own.
                top = FileNames.Number(name, number++);
            }
            tree.Walk(path, top, cancellation);
        }
        return tree._entries.Count > 0
            ? tree
            : throw new FileTreeException(
                FileTreeFailure.Missing,
                tree._skipped is [var only, ..]
                    ? $"There is nothing to send: {only.Path} is left out, it is {only.Why}."
                    : "There is nothing to send."
            );
    }

    public void Skip(FileEntry entry, string why) => _skipped.Add(new(string.Join('/', entry.Parts), why));

    public void NoteChanged(FileEntry entry, string why) => _changed.Add(new(string.Join('/', entry.Parts), why));

    public ValueTask DisposeAsync() => Content.DisposeAsync();

    private void Walk(string path, string top, CancellationToken cancellation)
    {
        var waiting = new Stack<(string Path, string[] Parts)>();
        waiting.Push((path, [top]));
        while (waiting.TryPop(out var next))
        {
            cancellation.ThrowIfCancellationRequested();
            if (TryLook(next.Path, next.Parts) is not { } facts)
            {
                continue;
            }
            Add(next.Path, new(next.Parts, facts.Kind, facts.Modified, facts.Size, facts.IsExecutable));
            if (facts.Kind != FileKind.Folder)
            {
                continue;
            }
            // The last pushed is the next: in the order of their names then.
            foreach (var below in NamesIn(next).OrderDescending(StringComparer.Ordinal))
            {
                waiting.Push((Path.Combine(next.Path, below), [.. next.Parts, below]));
            }
        }
    }

    private FileFacts? TryLook(string path, string[] parts)
    {
        try
        {
            var facts = FileFacts.Of(path);
            if (facts.Other is null)
            {
                return facts;
            }
            _skipped.Add(new(string.Join('/', parts), facts.Other));
        }
        catch (FileNotFoundException) when (parts.Length == 1)
        {
            throw new FileTreeException(FileTreeFailure.Missing, $"There is no file {path}.");
        }
        catch (Exception failure) when (FileFailures.Is(failure))
        {
            // A name that is no text is another name in .NET, under which there is nothing.
            _skipped.Add(
                new(string.Join('/', parts), parts[^1].Contains('\uFFFD') ? "named with what is no text" : "unreadable")
            );
        }
        return null;
    }

    private List<string> NamesIn((string Path, string[] Parts) folder)
    {
        try
        {
            return
            [
                .. Directory
                    .EnumerateFileSystemEntries(folder.Path, "*", Everything)
                    .Select(static path => Path.GetFileName(path))
                    .Take(FileSetLimits.Entries + 1),
            ];
        }
        catch (Exception failure) when (FileFailures.Is(failure))
        {
            _skipped.Add(new(string.Join('/', folder.Parts), "a folder that cannot be read: only its name is sent"));
            return [];
        }
    }

    private void Add(string path, FileEntry entry)
    {
        if (_entries.Count == FileSetLimits.Entries)
        {
            throw new FileTreeException(
                FileTreeFailure.TooMuch,
                $"More than {FileSetLimits.Entries} files and folders are not sent at once. Pack them into one file."
            );
        }
        if (!FileSetWriter.IsWithinLimits(entry) || Size + entry.Size > FileSetLimits.Content)
        {
            throw new FileTreeException(
                FileTreeFailure.TooMuch,
                $"{path} is too large, too deep in folders, or its name is too long."
            );
        }
        if (entry.Parts.Count == 1)
        {
            _names.Add(FileNames.MakeSafe(entry.Parts[0]));
        }
        _entries.Add((path, entry));
        Folders += entry.Kind == FileKind.Folder ? 1 : 0;
        Size += entry.Size;
    }
}
