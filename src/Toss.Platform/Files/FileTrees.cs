using Toss.Core.Ports;

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

    public async ValueTask DeleteAsync(string folder, CancellationToken cancellation) =>
        _ = await FileFailures.RunAsync(
            $"Cannot remove {folder}",
            () =>
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
                return true;
            },
            cancellation
        );
}
