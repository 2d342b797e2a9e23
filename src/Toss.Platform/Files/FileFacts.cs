using Microsoft.Win32.SafeHandles;
using Toss.Core.Files;
using Toss.Platform.Native;

namespace Toss.Platform.Files;

/// <summary>What a file is, without following links.</summary>
/// <param name="Other">What it is if it is neither file nor folder: "a link", "a device or a socket"; null else.</param>
/// <param name="Identity">Another file under the same name has another; 0 where the platform tells none.</param>
internal readonly record struct FileFacts(
    FileKind Kind,
    string? Other,
    long Size,
    DateTimeOffset Modified,
    ulong Identity,
    bool IsExecutable,
    bool IsSparse
)
{
    private const int NoSuchFile = 2;

    /// <summary>Throws what looking at a file throws; <see cref="FileNotFoundException"/> if there is none.</summary>
    public static FileFacts Of(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return LibcFiles.TryStat(path, out var stat) switch
            {
                0 => Of(stat),
                NoSuchFile => throw new FileNotFoundException("There is no such file."),
                _ => throw new IOException("It cannot be looked at."),
            };
        }
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists)
        {
            throw new FileNotFoundException("There is no such file.");
        }
        var isLink = (info.Attributes & FileAttributes.ReparsePoint) != 0 || info.LinkTarget is not null;
        var isOther = (info.Attributes & FileAttributes.Device) != 0;
        return new(
            info is DirectoryInfo ? FileKind.Folder : FileKind.File,
            isLink ? "a link"
                : isOther ? "a device or a socket"
                : null,
            info is FileInfo file ? file.Length : 0,
            info.LastWriteTimeUtc,
            Identity: 0,
            IsExecutable: !OperatingSystem.IsWindows()
                && info is FileInfo
                && (info.UnixFileMode & UnixFileMode.UserExecute) != 0,
            IsSparse: false
        );
    }

    public static FileFacts Of(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            return LibcFiles.TryStat(file, out var stat) ? Of(stat) : throw new IOException("It cannot be looked at.");
        }
        return new(
            FileKind.File,
            null,
            RandomAccess.GetLength(file),
            File.GetLastWriteTimeUtc(file),
            Identity: 0,
            IsExecutable: !OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & UnixFileMode.UserExecute) != 0,
            IsSparse: false
        );
    }

    private static FileFacts Of(FileStat stat) =>
        new(
            stat.IsFolder ? FileKind.Folder : FileKind.File,
            stat.IsFile || stat.IsFolder ? null
                : stat.IsLink ? "a link"
                : "a device or a socket",
            stat.IsFile ? stat.Size : 0,
            DateTimeOffset.UnixEpoch.AddTicks(
                (Math.Clamp(stat.Seconds, -62_135_596_800, 253_402_300_799) * TimeSpan.TicksPerSecond)
                    + (stat.Nanoseconds / 100)
            ),
            stat.Inode,
            stat.IsFile && stat.IsExecutable,
            stat.IsFile && stat.IsSparse
        );
}
