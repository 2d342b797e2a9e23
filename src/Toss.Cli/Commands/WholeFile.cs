using Toss.Control;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands;

/// <summary>
/// A file that only its owner may read, and that is there whole or not at all: written under another name beside its own, and
/// renamed when it is on the disk.
/// </summary>
internal static class WholeFile
{
    public static ControlException Exists(string path) =>
        new(ControlErrors.InvalidArgument, $"{path} is there already", "--force writes over it");

    /// <param name="overwrite">Whether what has this name goes.</param>
    public static async Task WriteAsync(string path, bool overwrite, Func<Stream, Task> write)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full) ?? full;
        var staged = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.part");
        try
        {
            await using (var file = OwnerOnly.Open(staged, FileMode.CreateNew, FileShare.None))
            {
                await write(file);
                file.Flush(flushToDisk: true);
            }
            if (!overwrite && File.Exists(full))
            {
                throw Exists(path);
            }
            File.Move(staged, full, overwrite);
        }
        catch
        {
            File.Delete(staged);
            throw;
        }
    }
}
