using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Toss.Core.Files;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// CF_HDROP, in which Windows' programs copy files: a head of 20 bytes (DROPFILES), which says where the paths begin and whether they are
/// UTF-16, then the paths, a zero behind each, and one more behind the last.
/// </summary>
internal static class DropFormat
{
    private const int HeadSize = 20;

    /// <summary>Where the head says that paths are UTF-16, not of the system's code page.</summary>
    private const int WideAt = 16;

    /// <summary>What "Preferred DropEffect" says: the files stay where they are.</summary>
    private const int EffectCopy = 1;

    /// <summary>UTF-16 of a path, with the prefix that makes it long: Windows' own limit.</summary>
    private const int MostCharacters = 32_767;

    public static byte[] CopyEffect => BitConverter.GetBytes(EffectCopy);

    public static byte[] Write(IEnumerable<string> paths)
    {
        var list = Encoding.Unicode.GetBytes(string.Concat(paths.Select(path => path + '\0')) + '\0');
        var bytes = new byte[HeadSize + list.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, HeadSize);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(WideAt), 1);
        list.CopyTo(bytes, HeadSize);
        return bytes;
    }

    /// <summary>False unless each is the whole path of a file that this machine reaches, and there are no more than are copied at once.</summary>
    public static bool TryRead(ReadOnlySpan<byte> given, out IReadOnlyList<string> paths)
    {
        paths = [];
        if (given.Length < HeadSize)
        {
            return false;
        }
        var at = BinaryPrimitives.ReadUInt32LittleEndian(given);
        if (at < HeadSize || at > given.Length)
        {
            return false;
        }
        var isWide = BinaryPrimitives.ReadInt32LittleEndian(given[WideAt..]) != 0;
        var list = given[(int)at..];
        var found = new List<string>();
        while (TryTake(ref list, isWide, out var path))
        {
            if (path.Length == 0)
            {
                paths = found;
                return found.Count > 0;
            }
            if (found.Count == LocalFiles.Most || !IsWhole(path))
            {
                return false;
            }
            found.Add(path);
        }
        return false;
    }

    /// <summary>Up to the next zero; false if there is none.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> list, bool isWide, out string path)
    {
        path = "";
        if (!isWide)
        {
            var end = list.IndexOf((byte)0);
            if (end < 0)
            {
                return false;
            }
            path = Narrow(list[..end]);
            list = list[(end + 1)..];
            return true;
        }
        var units = MemoryMarshal.Cast<byte, char>(list);
        var length = units.IndexOf('\0');
        if (length < 0)
        {
            return false;
        }
        path = new string(units[..length]);
        list = list[((length + 1) * sizeof(char))..];
        return true;
    }

    /// <summary>By the code page of this Windows.</summary>
    private static unsafe string Narrow(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "";
        }
        fixed (byte* at = bytes)
        {
            return Marshal.PtrToStringAnsi((nint)at, bytes.Length);
        }
    }

    /// <summary>From a drive or a share on; not a device, and no name that would be two lines.</summary>
    private static bool IsWhole(string path) =>
        path.Length <= MostCharacters
        && (
            (path.Length > 3 && char.IsAsciiLetter(path[0]) && path[1] == ':' && path[2] is '\\' or '/')
            || (
                path.Length > 4
                && path.StartsWith(@"\\", StringComparison.Ordinal)
                && path[2] is not ('?' or '.' or '\\')
            )
        )
        && !path.Any(static c => char.IsControl(c) || c == '\uFFFD');
}
