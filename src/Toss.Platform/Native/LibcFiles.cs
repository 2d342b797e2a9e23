using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>Calls of the C library about files that .NET has no name for. Linux, but for <see cref="Seek"/>.</summary>
internal static unsafe partial class LibcFiles
{
    /// <summary>`lseek`: the next byte that is stored.</summary>
    public static readonly int SeekData = OperatingSystem.IsMacOS() ? 4 : 3;

    /// <summary>`lseek`: the next that is not.</summary>
    public static readonly int SeekHole = OperatingSystem.IsMacOS() ? 3 : 4;

    /// <summary>Nothing is stored from there on.</summary>
    public const int NoSuchAddress = 6;

    public const int Exists = 17;
    public const int CrossesDevices = 18;
    public const int NotEmpty = 39;

    private const string Library = "libc";
    private const int AtWorkingDirectory = -100;
    private const int AtNoFollow = 0x100;
    private const int AtEmptyPath = 0x1000;
    private const uint NoReplace = 1;

    /// <summary>Type, mode, times, inode, size, blocks.</summary>
    private const uint BasicStats = 0x7FF;

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial long Seek(SafeHandle file, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(SafeHandle file, string path, int flags, uint mask, byte* buffer);

    [LibraryImport(Library, EntryPoint = "renameat2", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(SafeHandle file);

    /// <summary>Of the path itself, links not followed. Zero, or errno.</summary>
    public static int TryStat(string path, out FileStat stat)
    {
        var buffer = stackalloc byte[256];
        var failed = Statx(AtWorkingDirectory, path, AtNoFollow, BasicStats, buffer) != 0;
        stat = failed ? default : FileStat.Read(buffer);
        return failed ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Of an open file.</summary>
    public static bool TryStat(SafeHandle file, out FileStat stat)
    {
        var buffer = stackalloc byte[256];
        var done = Statx(file, "", AtEmptyPath, BasicStats, buffer) == 0;
        stat = done ? FileStat.Read(buffer) : default;
        return done;
    }

    /// <summary>Moves, but over nothing. Zero, or errno; null where this file system cannot.</summary>
    public static int? TryMove(string from, string to)
    {
        try
        {
            return Rename(AtWorkingDirectory, from, AtWorkingDirectory, to, NoReplace) == 0 ? 0
                : Marshal.GetLastPInvokeError() is 22 or 38 or 95 ? null
                : Marshal.GetLastPInvokeError();
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes everything durable that was written on the file system of an open file.</summary>
    public static bool TrySync(SafeHandle file) => SyncFileSystem(file) == 0;
}
