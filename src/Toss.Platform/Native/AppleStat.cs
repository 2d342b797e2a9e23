using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Toss.Platform.Native;

/// <summary>lstat(2) of macOS, which has no statx.</summary>
internal static unsafe partial class AppleStat
{
    /// <summary>struct stat with 64-bit inodes (sys/stat.h): st_mode at 4, st_uid at 16, 144 bytes in all.</summary>
    private const int Size = 144;
    private const int ModeAt = 4;
    private const int UserAt = 16;

    /// <summary>Owner and mode of a path itself, links not followed. False if there is nothing, or nothing to see.</summary>
    [SupportedOSPlatform("macos")]
    public static bool TryRead(string path, out uint owner, out ushort mode)
    {
        var buffer = stackalloc byte[2 * Size];
        // On x86-64 the plain name still fills the structure of before 2007.
        var result =
            RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? StatWithWideInodes(path, buffer)
                : Stat(path, buffer);
        (owner, mode) = result == 0 ? Parse(new(buffer, Size)) : default;
        return result == 0;
    }

    /// <summary>What both processors have in memory, little-endian.</summary>
    public static (uint Owner, ushort Mode) Parse(ReadOnlySpan<byte> stat) =>
        (
            BinaryPrimitives.ReadUInt32LittleEndian(stat[UserAt..]),
            BinaryPrimitives.ReadUInt16LittleEndian(stat[ModeAt..])
        );

    [LibraryImport("libc", EntryPoint = "lstat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, byte* buffer);

    [LibraryImport("libc", EntryPoint = "lstat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatWithWideInodes(string path, byte* buffer);
}
