using System.Diagnostics;
using System.Globalization;

namespace Toss.Tests.Real.Storage;

/// <summary>A small file system of its own (tmpfs; needs root), which can be full and read-only.</summary>
internal sealed class MountedDisk : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("toss-disk-").FullName;

    public MountedDisk(int kibibytes) =>
        Run(
            "mount",
            "-t",
            "tmpfs",
            "-o",
            string.Create(CultureInfo.InvariantCulture, $"size={kibibytes}k"),
            "tmpfs",
            _path
        );

    public string File(string name) => Path.Combine(_path, name);

    public void MakeReadOnly() => Run("mount", "-o", "remount,ro", _path);

    public void MakeWritable() => Run("mount", "-o", "remount,rw", _path);

    /// <summary>Takes all space but about this much, until <see cref="Free"/>.</summary>
    public void Fill(int leaveKibibytes)
    {
        var free = new DriveInfo(_path).AvailableFreeSpace - leaveKibibytes * 1024L;
        try
        {
            System.IO.File.WriteAllBytes(File("filler"), new byte[free]);
        }
        catch (IOException) when (leaveKibibytes == 0)
        {
            // Somebody else on this disk took the rest meanwhile: it is full.
        }
    }

    public void Free() => System.IO.File.Delete(File("filler"));

    public void Dispose()
    {
        Run("umount", "-l", _path);
        Directory.Delete(_path);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        if (!process.WaitForExit(TimeSpan.FromSeconds(60)) || process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {error}");
        }
    }
}
