namespace Toss.Storage;

/// <summary>Files and directories that only their owner can read. On Windows the user profile's rights do that.</summary>
internal static class OwnerOnly
{
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes what is missing of the path 0700. What is there already keeps its mode: it may not be ours alone.</summary>
    public static void EnsureDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, DirectoryMode);
        }
    }

    /// <summary>
    /// Makes the file if it is missing; 0600 in either case. SQLite gives its log the same mode. An existing file is not
    /// opened: closing it would drop the POSIX locks this process holds on it.
    /// </summary>
    public static void EnsureFile(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } directory)
        {
            EnsureDirectory(directory);
        }
        if (!File.Exists(path))
        {
            CreateNew(path).Dispose();
        }
        else if (!OperatingSystem.IsWindows() && File.GetUnixFileMode(path) != OwnerMode)
        {
            File.SetUnixFileMode(path, OwnerMode);
        }
    }

    /// <param name="length">Space to take on the disk at once, where the file system can.</param>
    public static FileStream CreateNew(string path, long length = 0)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            PreallocationSize = length,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerMode;
        }
        try
        {
            return new FileStream(path, options);
        }
        catch (IOException failure)
            when (length > 0 && new DriveInfo(Path.GetDirectoryName(path)!).AvailableFreeSpace < length)
        {
            // Of space that cannot be taken .NET says so in words alone.
            throw Failures.Full(failure);
        }
    }
}
