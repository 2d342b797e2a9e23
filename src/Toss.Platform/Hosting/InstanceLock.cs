using System.Globalization;

namespace Toss.Platform.Hosting;

/// <summary>
/// One agent per home. The lock is the operating system's (flock), so it ends with the process however it ends; the pid
/// beside it only serves to say who holds it.
/// </summary>
public sealed class InstanceLock : IDisposable
{
    private const string LockName = "agent.lock";
    private const string PidName = "agent.pid";

    /// <summary>Characters of a pid file that are looked at: a pid has at most ten digits.</summary>
    private const int PidLimit = 16;

    // What .NET makes of a lock that somebody else has: EWOULDBLOCK, and the sharing violation of Windows.
    private const int HeldLinux = 11;
    private const int HeldMac = 35;
    private const int HeldWindows = unchecked((int)0x80070020);

    private readonly FileStream _held;

    private InstanceLock(FileStream held) => _held = held;

    /// <summary>False if another process holds it; <paramref name="holder"/> is its pid if that can be told.</summary>
    public static bool TryTake(string folder, out InstanceLock? taken, out int? holder)
    {
        OwnerOnly.EnsureFolder(folder);
        holder = null;
        taken = null;
        FileStream? held = null;
        try
        {
            held = OwnerOnly.Open(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileShare.None);
            var pid = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            DurableFile.Replace(Path.Combine(folder, PidName), System.Text.Encoding.ASCII.GetBytes(pid));
            taken = new InstanceLock(held);
            return true;
        }
        catch (IOException failure) when (held is null && failure.HResult is HeldLinux or HeldMac or HeldWindows)
        {
            holder = ReadHolder(folder);
            return false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // A full or read-only disk is not another agent.
            held?.Dispose();
            throw new PlatformException(
                PlatformFailure.FileSystem,
                $"Cannot lock {folder}: {DiskProblem.Describe(failure)}.",
                failure
            );
        }
    }

    /// <summary>The pid file stays: removing it could take a newer holder's.</summary>
    public void Dispose() => _held.Dispose();

    private static int? ReadHolder(string folder)
    {
        try
        {
            return
                DurableFile.TryRead(Path.Combine(folder, PidName), PidLimit, out var text)
                && int.TryParse(text, CultureInfo.InvariantCulture, out var pid)
                ? pid
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
