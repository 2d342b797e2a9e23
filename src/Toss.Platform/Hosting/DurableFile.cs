using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Hosting;

/// <summary>Writes and removals that are either whole or not there after a power cut.</summary>
public static class DurableFile
{
    /// <summary>
    /// Replaces the file, mode 0600: a new file beside it, synced, renamed over it, the folder synced. One writer at a
    /// time; the name of the new file is fixed so that a crash leaves at most one.
    /// </summary>
    public static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var fresh = path + ".new";
        FaultPoint.Before("File.ClearNew");
        File.Delete(fresh);
        FaultPoint.After("File.ClearNew");
        using (var stream = OwnerOnly.Open(fresh, FileMode.CreateNew, FileShare.None))
        {
            stream.Write(content);
            FaultPoint.Before("File.Flush");
            stream.Flush(flushToDisk: true);
            FaultPoint.After("File.Flush");
        }
        Place(fresh, path, overwrite: true);
    }

    /// <summary>
    /// Gives a flushed file its name, in the same folder; under it the file is durable when this returns. Throws an
    /// <see cref="IOException"/> if the name is taken and not to be overwritten.
    /// </summary>
    public static void Place(string flushed, string path, bool overwrite)
    {
        Move(flushed, path, overwrite);
        SyncFolderOf(path);
    }

    /// <summary>The whole file; false if it is longer than <paramref name="limit"/>. Throws what opening a file throws.</summary>
    public static bool TryRead(string path, int limit, out byte[] content)
    {
        using var stream = new FileStream(
            path,
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite | FileShare.Delete,
            0
        );
        content = [];
        if (stream.Length > limit)
        {
            return false;
        }
        content = new byte[stream.Length];
        stream.ReadExactly(content);
        return true;
    }

    private static void Move(string from, string to, bool overwrite)
    {
        FaultPoint.Before("File.Move");
        if (!OperatingSystem.IsWindows())
        {
            File.Move(from, to, overwrite);
        }
        else if (
            !Kernel32.MoveFile(from, to, Kernel32.MoveWriteThrough | (overwrite ? Kernel32.MoveReplaceExisting : 0))
        )
        {
            // Of the last P/Invoke, which is this one.
            throw new IOException(Marshal.GetLastPInvokeErrorMessage(), Marshal.GetHRForLastWin32Error());
        }
        FaultPoint.After("File.Move");
    }

    private static void SyncFolderOf(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // The move was written through, and there is no handle of a folder to flush.
            return;
        }
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        FaultPoint.Before("File.SyncFolder");
        if (!Libc.TrySyncDirectory(folder))
        {
            throw new IOException($"Cannot sync the folder {folder}.");
        }
        FaultPoint.After("File.SyncFolder");
    }
}
