namespace Toss.Core.Files;

/// <summary>What a set of files may hold, each with its reason. Beyond it a set is refused, on both sides.</summary>
public static class FileSetLimits
{
    /// <summary>Files and folders: more than a person sends by hand; each costs its receiver an inode and a name in memory.</summary>
    public const int Entries = 10_000;

    /// <summary>Folders in one another: deeper than any project, and short of what path limits bear.</summary>
    public const int Depth = 64;

    /// <summary>UTF-8 bytes of one name: four times what any file system has.</summary>
    public const int Name = 1024;

    /// <summary>UTF-8 bytes of all names of one entry: a path of Linux.</summary>
    public const int Path = 4096;

    /// <summary>Bytes of all files, holes counted: a large disk's image. What is stored of it is bounded by the blob.</summary>
    public const long Content = 1L << 42;

    /// <summary>Bytes of one run of a file's content.</summary>
    public const int Run = 128 * 1024;

    /// <summary>Names of the first level that a summary tells.</summary>
    public const int SummaryNames = 32;
}
