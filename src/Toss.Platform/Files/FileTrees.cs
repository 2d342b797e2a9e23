using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Platform.Hosting;

namespace Toss.Platform.Files;

/// <summary>Files and folders of this machine.</summary>
public sealed class FileTrees : IFileTrees
{
    public ValueTask<IFileTree> OpenAsync(IReadOnlyList<string> paths, CancellationToken cancellation) =>
        FileFailures.RunAsync<IFileTree>(
            "The files cannot be read",
            () => FileTree.Look(paths, cancellation),
            cancellation
        );

    public ValueTask<IFileArrival> ReceiveAsync(string folder, string key, CancellationToken cancellation) =>
        FileFailures.RunAsync<IFileArrival>(
            $"Cannot write in {folder}",
            () => FileArrival.Begin(folder, key),
            cancellation
        );

    public async ValueTask SweepAsync(string folder, Func<string, bool> isKnown, CancellationToken cancellation) =>
        _ = await FileFailures.RunAsync(
            $"Cannot remove what is left in {folder}",
            () =>
            {
                FileStaging.ClearEnded(folder);
                foreach (var (staging, key) in FileStaging.In(folder))
                {
                    if (!staging.IsWhole || !isKnown(key))
                    {
                        staging.Delete();
                    }
                }
                return true;
            },
            cancellation
        );

    public async ValueTask SweepCopiesAsync(
        string folder,
        IReadOnlyList<string> gone,
        CancellationToken cancellation
    ) =>
        _ = await FileFailures.RunAsync(
            $"Cannot keep copied files in {folder}",
            () =>
            {
                OwnerOnly.EnsureFolder(folder);
                foreach (var path in gone.Select(name => Path.Combine(folder, name)).Where(Directory.Exists))
                {
                    FaultPoint.Before("Files.DeleteCopy");
                    try
                    {
                        Directory.Delete(path, recursive: true);
                    }
                    catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
                    {
                        // A program has one of its files open; the next sweep finds it again.
                    }
                    FaultPoint.After("Files.DeleteCopy");
                }
                return true;
            },
            cancellation
        );

    public ValueTask<IReadOnlyList<string>> ListAsync(string folder, CancellationToken cancellation) =>
        FileFailures.RunAsync<IReadOnlyList<string>>(
            $"Cannot look into {folder}",
            () =>
            {
                if (!Directory.Exists(folder))
                {
                    return [];
                }
                var all = Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal).ToList();
                // Some of a set may stand there already.
                return FileStaging.In(folder).Any()
                    ? []
                    :
                    [
                        .. all.Where(static path =>
                            !Path.GetFileName(path).StartsWith(FileNames.OwnPrefix, StringComparison.Ordinal)
                        ),
                    ];
            },
            cancellation
        );
}
