using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>
/// A file that only its owner may read, and that is there whole or not at all: written under another name beside its own, and
/// renamed when it is on the disk.
/// </summary>
internal static class WholeFile
{
    /// <summary>Says beforehand what would be in the way at the end.</summary>
    /// <param name="overwrite">Whether what has this name goes.</param>
    public static void Check(string path, bool overwrite)
    {
        if (Directory.Exists(path))
        {
            throw new ControlException(
                ControlErrors.InvalidArgument,
                $"{path} is a folder",
                "name the file in it that is to be written"
            );
        }
        if (!overwrite && File.Exists(path))
        {
            throw Exists(path);
        }
        if (!Directory.Exists(FolderOf(Path.GetFullPath(path))))
        {
            throw new ControlException(
                ControlErrors.InvalidArgument,
                $"there is no folder for {path}",
                "make it first"
            );
        }
    }

    /// <param name="overwrite">Whether what has this name goes.</param>
    public static async Task WriteAsync(string path, bool overwrite, Func<Stream, Task> write)
    {
        var full = Path.GetFullPath(path);
        var staged = Path.Combine(FolderOf(full), $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.part");
        try
        {
            await using (var file = OwnerOnly.Open(staged, FileMode.CreateNew, FileShare.None))
            {
                await write(file);
                file.Flush(flushToDisk: true);
            }
            // Somebody may have put something there meanwhile.
            Check(path, overwrite);
            DurableFile.Place(staged, full, overwrite);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }

    private static ControlException Exists(string path) =>
        new(ControlErrors.InvalidArgument, $"{path} is there already", "--force writes over it");

    private static string FolderOf(string full) => Path.GetDirectoryName(full) ?? full;
}
