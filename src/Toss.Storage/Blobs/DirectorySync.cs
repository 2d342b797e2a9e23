using SQLitePCL;
using Toss.Core.Ports;

namespace Toss.Storage.Blobs;

/// <summary>
/// Makes a rename durable. .NET has no fsync for directories; SQLite's file layer has: it deletes a file and flushes the
/// directory (`xDelete` with `syncDir`, https://sqlite.org/c3ref/vfs.html). On Windows that flag does nothing, and NTFS
/// journals renames.
/// </summary>
internal static class DirectorySync
{
    /// <summary>One at a time: two in one directory would delete each other's file, and the second would flush nothing.</summary>
    private static readonly Lock s_one = new();

    static DirectorySync() => Batteries_V2.Init();

    public static void Flush(string directory)
    {
        var marker = Path.Combine(directory, "flush");
        int result;
        lock (s_one)
        {
            if (!File.Exists(marker))
            {
                OwnerOnly.CreateNew(marker).Dispose();
            }
            result = raw.sqlite3__vfs__delete(null, marker, 1);
        }
        if (result != raw.SQLITE_OK)
        {
            throw new StoreException(
                StoreFailure.Other,
                $"The data directory cannot be flushed to the disk (SQLite {result}). Check the disk."
            );
        }
    }
}
