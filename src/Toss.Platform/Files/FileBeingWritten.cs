using Microsoft.Win32.SafeHandles;
using Toss.Core.Files;

namespace Toss.Platform.Files;

/// <summary>One file of a set that comes in. Holes stay holes.</summary>
internal sealed class FileBeingWritten(string path, FileEntry entry) : IDisposable
{
    private readonly SafeFileHandle _file = File.OpenHandle(
        path,
        FileMode.CreateNew,
        FileAccess.ReadWrite,
        FileShare.None
    );
    private long _at;

    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(_file, bytes, _at);
        _at += bytes.Length;
    }

    public void Skip(long length) => _at += length;

    public void End()
    {
        if (RandomAccess.GetLength(_file) < _at)
        {
            RandomAccess.SetLength(_file, _at);
        }
        if (!OperatingSystem.IsWindows() && entry.IsExecutable)
        {
            // Whoever may read it by this user's umask may run it. Nothing else of a mode is taken over.
            var mode = File.GetUnixFileMode(_file);
            File.SetUnixFileMode(
                _file,
                mode
                    | UnixFileMode.UserExecute
                    | (mode.HasFlag(UnixFileMode.GroupRead) ? UnixFileMode.GroupExecute : UnixFileMode.None)
                    | (mode.HasFlag(UnixFileMode.OtherRead) ? UnixFileMode.OtherExecute : UnixFileMode.None)
            );
        }
        File.SetLastWriteTimeUtc(_file, TimeOf(entry.Modified));
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(_file);
        }
        Dispose();
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Windows knows none before 1601.</summary>
    public static DateTime TimeOf(DateTimeOffset modified) =>
        modified.Year < 1602 ? DateTime.UnixEpoch : modified.UtcDateTime;
}
