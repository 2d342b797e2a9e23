using Toss.Core.Ports;

namespace Toss.Storage;

/// <summary>The operating system's errors as failures people can do something about.</summary>
internal static class Failures
{
    // errno where .NET keeps it (Linux and macOS agree on the first two; EDQUOT is 122 and 69), else a Win32 code.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsWriteProtect = unchecked((int)0x80070013);

    public static StoreException Full(Exception inner) =>
        new(StoreFailure.DiskFull, "The disk is full. Free some space; Toss goes on by itself then.", inner);

    public static StoreException ReadOnly(Exception inner) =>
        new(
            StoreFailure.ReadOnly,
            "The data directory cannot be written: it is read-only, or belongs to another user.",
            inner
        );

    public static StoreException Of(Exception failure) =>
        failure switch
        {
            UnauthorizedAccessException => ReadOnly(failure),
            { HResult: NoSpace or QuotaLinux or QuotaMac or WindowsDiskFull or WindowsHandleDiskFull } => Full(failure),
            { HResult: ReadOnlyFileSystem or WindowsWriteProtect } => ReadOnly(failure),
            _ => new StoreException(
                StoreFailure.Other,
                "The data directory cannot be read or written. Check the disk and its permissions.",
                failure
            ),
        };
}
