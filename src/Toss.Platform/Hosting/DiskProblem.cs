namespace Toss.Platform.Hosting;

/// <summary>What a refusal of the disk means to a person, and how to cure it.</summary>
public static class DiskProblem
{
    // errno where .NET keeps it (Linux and macOS agree on the first two; EDQUOT is 122 and 69), else a Win32 code.
    private const int NoSpace = 28;
    private const int ReadOnlyFileSystem = 30;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsWriteProtect = unchecked((int)0x80070013);

    /// <summary>A block: a file system that has not even this is full, whatever it says of bytes.</summary>
    private const int ProbeSize = 4096;

    private const string ProbeName = "write-probe";

    public static bool IsFull(Exception failure) =>
        failure is { HResult: NoSpace or QuotaLinux or QuotaMac or WindowsDiskFull or WindowsHandleDiskFull };

    /// <summary>The reason, as the end of a sentence.</summary>
    public static string Describe(Exception failure) =>
        failure switch
        {
            _ when IsFull(failure) => "the disk is full",
            { HResult: ReadOnlyFileSystem or WindowsWriteProtect } => "the disk is read-only",
            UnauthorizedAccessException => "this user may not write there",
            _ => failure.Message.TrimEnd('.'),
        };

    /// <summary>Writes a block into the folder and takes it away again; throws <see cref="PlatformException"/> if that cannot be.</summary>
    public static void Probe(string folder)
    {
        var path = Path.Combine(folder, ProbeName);
        try
        {
            try
            {
                using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, 0);
                file.Write(new byte[ProbeSize]);
                file.Flush(flushToDisk: true);
            }
            finally
            {
                File.Delete(path);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new PlatformException(
                PlatformFailure.FileSystem,
                $"Cannot write in {folder}: {Describe(failure)}.",
                failure
            );
        }
    }
}
