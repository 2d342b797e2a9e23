using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Platform.Native;

namespace Toss.Platform.Files;

/// <summary>
/// A set that is written to the disk: put together out of sight, made durable, then renamed to where it stands. What exists is never
/// written over; what is not whole never shows.
/// </summary>
internal sealed class FileArrival : IFileArrival
{
    private readonly string _folder;
    private readonly FileStaging _staging;
    private readonly FileSetReader _reader = new();
    private readonly FilePlaces _places = new(
        forWindows: OperatingSystem.IsWindows(),
        ignoresCase: OperatingSystem.IsWindows() || OperatingSystem.IsMacOS()
    );
    private readonly List<(string Path, DateTimeOffset Modified)> _folders = [];
    private readonly List<string> _placed;
    private FileBeingWritten? _file;
    private bool _isPlaced;

    private FileArrival(string folder, FileStaging staging)
    {
        (_folder, _staging) = (folder, staging);
        IsWhole = staging.IsWhole;
        _placed = [.. staging.Moved().Select(name => Path.Combine(folder, name))];
    }

    public bool IsWhole { get; private set; }

    public IReadOnlyList<string> Placed => _placed;

    public static FileArrival Begin(string folder, string key)
    {
        var staging = new FileStaging(folder, key);
        if (!staging.IsWhole)
        {
            Directory.CreateDirectory(folder);
            staging.Create();
        }
        return new FileArrival(folder, staging);
    }

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation) =>
        FileFailures.RunAsync($"Cannot write in {_folder}", () => Write(bytes), cancellation);

    public ValueTask<bool> PlaceAsync(CancellationToken cancellation) =>
        FileFailures.RunAsync($"Cannot write in {_folder}", Place, cancellation);

    public async ValueTask FinishAsync(CancellationToken cancellation) =>
        _ = await FileFailures.RunAsync(
            $"Cannot remove what is left in {_folder}",
            () =>
            {
                _staging.Delete();
                return true;
            },
            cancellation
        );

    public async ValueTask DisposeAsync()
    {
        _file?.Dispose();
        _file = null;
        if (!IsWhole && !_isPlaced)
        {
            try
            {
                await FinishAsync(CancellationToken.None);
            }
            catch (FileTreeException)
            {
                // The next start removes it.
            }
        }
    }

    private bool Write(ReadOnlyMemory<byte> bytes)
    {
        _reader.Give(bytes);
        while (true)
        {
            var part = _reader.Next();
            switch (part.Kind)
            {
                case FileSetPartKind.None:
                    return true;
                case FileSetPartKind.Entry:
                    if (!TryBegin(part.Entry!))
                    {
                        return false;
                    }
                    break;
                case FileSetPartKind.Data:
                    _file!.Write(part.Data.Span);
                    break;
                case FileSetPartKind.Hole:
                    _file!.Skip(part.Length);
                    break;
                case FileSetPartKind.EndOfFile:
                    _file!.End();
                    _file = null;
                    break;
                case FileSetPartKind.Malformed:
                    return false;
            }
        }
    }

    private bool TryBegin(FileEntry entry)
    {
        if (!_places.TryPlace(entry, out var place))
        {
            return false;
        }
        for (var path = PathOf(place); ; path = PathOf(_places.PlaceAgain(entry)))
        {
            // This file system may take two names for one by rules of its own.
            if (Path.Exists(path))
            {
                continue;
            }
            if (entry.Kind == FileKind.Folder)
            {
                Directory.CreateDirectory(path);
                _folders.Add((path, entry.Modified));
            }
            else
            {
                _file = new FileBeingWritten(path, entry);
            }
            return true;
        }
    }

    private string PathOf(IReadOnlyList<string> place) => Path.Combine([_staging.Content, .. place]);

    private bool Place()
    {
        if (!IsWhole)
        {
            if (!_reader.IsWhole)
            {
                return false;
            }
            // From the last down: what is made in a folder changes its time.
            foreach (var (path, modified) in Enumerable.Reverse(_folders))
            {
                Directory.SetLastWriteTimeUtc(path, FileBeingWritten.TimeOf(modified));
            }
            SyncAll();
            _staging.MarkWhole();
            IsWhole = true;
        }
        foreach (var path in Directory.GetFileSystemEntries(_staging.Content).Order(StringComparer.Ordinal))
        {
            var name = MoveOut(path);
            _staging.NoteMoved(name);
            _placed.Add(Path.Combine(_folder, name));
        }
        FaultPoint.Before("Files.SyncFolder");
        _ = OperatingSystem.IsWindows() || Libc.TrySyncDirectory(_folder);
        FaultPoint.After("Files.SyncFolder");
        _isPlaced = true;
        return true;
    }

    /// <summary>One call for ten thousand files; elsewhere each was flushed by itself.</summary>
    private void SyncAll()
    {
        if (OperatingSystem.IsLinux())
        {
            using var any = File.OpenHandle(
                Path.Combine(_staging.Content, "..", "sync"),
                FileMode.Create,
                FileAccess.Write,
                options: FileOptions.DeleteOnClose
            );
            FaultPoint.Before("Files.SyncStaged");
            if (!LibcFiles.TrySync(any))
            {
                throw new IOException("the disk does not keep what was written");
            }
            FaultPoint.After("Files.SyncStaged");
        }
    }

    /// <summary>The name that it got.</summary>
    private string MoveOut(string path)
    {
        var wanted = Path.GetFileName(path);
        for (var number = 1; ; number++)
        {
            var name = number == 1 ? wanted : FileNames.Number(wanted, number);
            var target = Path.Combine(_folder, name);
            FaultPoint.Before("Files.Move");
            if (!Path.Exists(target) && IsMoved(path, target))
            {
                FaultPoint.After("Files.Move");
                return name;
            }
        }
    }

    /// <summary>False if there is something by now.</summary>
    private static bool IsMoved(string path, string target)
    {
        var moved = OperatingSystem.IsLinux() ? LibcFiles.TryMove(path, target) : null;
        if (moved is { } error)
        {
            return error switch
            {
                0 => true,
                LibcFiles.Exists or LibcFiles.NotEmpty => false,
                _ => throw new IOException($"{Path.GetFileName(target)} cannot be put there (errno {error})"),
            };
        }
        return MoveWithoutFlag(path, target);
    }

    /// <summary>Where a rename cannot be told to write over nothing: .NET looks first.</summary>
    private static bool MoveWithoutFlag(string path, string target)
    {
        try
        {
            FaultPoint.Before("Files.MoveWithoutFlag");
            if (Directory.Exists(path))
            {
                Directory.Move(path, target);
            }
            else
            {
                File.Move(path, target, overwrite: false);
            }
            FaultPoint.After("Files.MoveWithoutFlag");
            return true;
        }
        catch (IOException) when (Path.Exists(target) && Path.Exists(path))
        {
            // Somebody was faster.
            return false;
        }
    }
}
