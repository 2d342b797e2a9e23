using Microsoft.Data.Sqlite;
using Toss.Core.Ports;

namespace Toss.Storage.Sqlite;

/// <summary>SQLite's result codes as failures people can do something about. Codes: https://sqlite.org/rescode.html</summary>
internal static class SqliteFailures
{
    public static StoreException ToStoreException(this SqliteException failure, string? path) =>
        failure.SqliteErrorCode switch
        {
            SQLitePCL.raw.SQLITE_FULL => Failures.Full(failure),
            SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM => Failures.ReadOnly(failure),
            SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED => new StoreException(
                StoreFailure.Busy,
                "Another process holds this device's database. Is Toss running twice?",
                failure
            ),
            SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_FORMAT =>
                new StoreException(
                    StoreFailure.Damaged,
                    "This device's database is damaged. Check the disk, restore the data directory from a backup, or "
                        + "move it away and pair this device again.",
                    failure
                ),
            _ => Probe(path)
                ?? new StoreException(
                    StoreFailure.Other,
                    $"This device's database cannot be read or written (SQLite {failure.SqliteExtendedErrorCode}). "
                        + "Check the disk and the permissions of the data directory.",
                    failure
                ),
        };

    /// <summary>
    /// SQLite reports EROFS and the like as plain I/O errors; a file made beside it tells which it is. Never the database
    /// itself: closing a second descriptor of it would drop the process's POSIX locks.
    /// </summary>
    private static StoreException? Probe(string? path)
    {
        if (path is null)
        {
            return null;
        }
        try
        {
            using var probe = new FileStream(
                path + "-probe",
                new FileStreamOptions
                {
                    Mode = FileMode.Create,
                    Access = FileAccess.Write,
                    BufferSize = 0,
                    Options = FileOptions.DeleteOnClose,
                }
            );
            probe.WriteByte(0);
            return null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return Failures.Of(failure);
        }
    }
}
