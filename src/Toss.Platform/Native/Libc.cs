using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>The few calls of the C library that .NET has no name for.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int EventFdCloseOnExec = 0x80000;
    public const int EventFdNonBlocking = 0x800;
    public const short PollIn = 1;
    public const short PollOut = 4;

    private const int OpenReadOnly = 0;
    private const int LinuxOpenCloseOnExec = 0x80000;
    private const int AppleOpenCloseOnExec = 0x1000000;
    private const int AtWorkingDirectory = -100;
    private const int AtNoFollow = 0x100;
    private const int InvalidArgument = 22;
    private const uint StatxTypeModeUid = 0x1 | 0x2 | 0x8;

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [LibraryImport(Library, EntryPoint = "poll")]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, int milliseconds);

    [LibraryImport(Library, EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport(Library, EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int descriptor);

    [LibraryImport(Library, EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport(Library, EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, byte* buffer);

    /// <summary>Makes a rename or a removal in this directory durable; .NET cannot open directories.</summary>
    public static bool TrySyncDirectory(string path)
    {
        var closeOnExec = OperatingSystem.IsMacOS() ? AppleOpenCloseOnExec : LinuxOpenCloseOnExec;
        var descriptor = Open(path, OpenReadOnly | closeOnExec);
        if (descriptor < 0)
        {
            return false;
        }
        // A share of another computer may know no such flush (SMB); a rename there is the server's to keep.
        var done = Sync(descriptor) == 0 || Marshal.GetLastPInvokeError() == InvalidArgument;
        _ = Close(descriptor);
        return done;
    }

    /// <summary>Owner and mode of a path itself, links not followed. False if there is nothing, or nothing to see.</summary>
    public static bool TryStat(string path, out uint owner, out ushort mode)
    {
        if (OperatingSystem.IsMacOS())
        {
            return AppleStat.TryRead(path, out owner, out mode);
        }
        // struct statx has the same layout on every architecture: stx_uid at 20, stx_mode at 28, 256 bytes in all.
        var buffer = stackalloc byte[256];
        if (Statx(AtWorkingDirectory, path, AtNoFollow, StatxTypeModeUid, buffer) != 0)
        {
            owner = 0;
            mode = 0;
            return false;
        }
        owner = *(uint*)(buffer + 20);
        mode = *(ushort*)(buffer + 28);
        return true;
    }
}
