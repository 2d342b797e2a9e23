using System.Security.AccessControl;
using Toss.Platform.Hosting.Windows;
using Toss.Platform.Native;

namespace Toss.Platform.Hosting;

/// <summary>Files and folders that nobody but this user may read: by modes, on Windows by access lists.</summary>
public static class OwnerOnly
{
    /// <summary>0700.</summary>
    public const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>0600.</summary>
    public const UnixFileMode FileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const ushort TypeMask = 0xF000;
    private const ushort TypeDirectory = 0x4000;
    private const ushort TypeRegular = 0x8000;
    private const ushort OthersMask = 0x3F;

    /// <summary>
    /// Makes the folder, mode 0700, or checks the one that is there: a real folder (no link) of this user, closed to
    /// everybody else. A folder of ours that is open is closed. Throws <see cref="PlatformException"/> otherwise.
    /// </summary>
    public static void EnsureFolder(string path)
    {
        try
        {
            MakeFolder(path);
            if (Problem(path, TypeDirectory) is { } problem)
            {
                // Ours but open, perhaps from an older umask: closing it harms nobody. What is in it is checked by itself.
                if (!problem.OnlyMode)
                {
                    throw new PlatformException(PlatformFailure.UnsafeFolder, problem.Text);
                }
                CloseFolder(path);
                if (Problem(path, TypeDirectory) is { } remains)
                {
                    throw new PlatformException(PlatformFailure.UnsafeFolder, remains.Text);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(
                PlatformFailure.FileSystem,
                $"Cannot make the folder {path}: {DiskProblem.Describe(failure)}.",
                failure
            );
        }
    }

    /// <summary>Null if the path is a regular file of this user, closed to everybody else; else what is wrong, and the cure.</summary>
    public static string? FileProblem(string path) => Problem(path, TypeRegular)?.Text;

    /// <summary>Opens a file to write; if that makes it, it is 0600. Unbuffered. Throws what opening a file throws.</summary>
    public static FileStream Open(string path, System.IO.FileMode mode, FileShare share)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsAccess.Open(path, mode, FileSystemRights.Read | FileSystemRights.Write, share);
        }
        return new FileStream(
            path,
            new FileStreamOptions
            {
                Mode = mode,
                Access = FileAccess.ReadWrite,
                Share = share,
                UnixCreateMode = FileMode,
                BufferSize = 0,
            }
        );
    }

    private static void MakeFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path, FolderMode);
        }
        else if (!Directory.Exists(path))
        {
            WindowsAccess.CreateFolder(path);
        }
    }

    private static void CloseFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            WindowsAccess.CloseFolder(path);
        }
        else
        {
            File.SetUnixFileMode(path, FolderMode);
        }
    }

    private static (string Text, bool OnlyMode)? Problem(string path, ushort type)
    {
        if (OperatingSystem.IsWindows())
        {
            return WindowsAccess.Problem(path, folder: type == TypeDirectory);
        }
        if (!Libc.TryStat(path, out var owner, out var mode))
        {
            return ($"{path} cannot be examined.", false);
        }
        if ((mode & TypeMask) != type)
        {
            return ($"{path} is not a plain {(type == TypeRegular ? "file" : "folder")}.", false);
        }
        if (owner != Libc.EffectiveUser())
        {
            return ($"{path} belongs to another user (uid {owner}).", false);
        }
        if ((mode & OthersMask) != 0)
        {
            var cure = type == TypeRegular ? "600" : "700";
            var octal = Convert.ToString(mode & 0xFFF, 8);
            return ($"{path} is open to other users (mode {octal}). Close it with: chmod {cure} '{path}'", true);
        }
        return null;
    }
}
