using Toss.Cli.Commands.Output;
using Toss.Control;
using Toss.Platform;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands.Doctor;

/// <summary>The disk on which this device keeps what it may not lose: can it be written, and is there room.</summary>
internal static class DiskCheck
{
    private const string Subject = "disk";

    /// <summary>The largest clip twice, as it is sealed and as it is kept, and the journal.</summary>
    private const long Little = 256L * 1024 * 1024;

    public static DoctorCheck Of(TossFolders folders)
    {
        // Before the first start its folders are not there: what holds them says what will be.
        var folder = folders.Data;
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { Length: > 0 } above)
        {
            folder = above;
        }
        try
        {
            var free = new DriveInfo(folder).AvailableFreeSpace;
            var isThere = folder == folders.Data;
            if (isThere)
            {
                DiskProblem.Probe(folder);
            }
            var figures = new SortedList<string, double> { ["freeMiB"] = free / (1024 * 1024) };
            return free < Little
                ? new DoctorCheck(
                    Subject,
                    DoctorCheck.Warning,
                    "little-room",
                    $"{Spoken.Size(free)} are left: a large clip may not be kept, and what is not kept is not sent",
                    "make room on this disk"
                )
                {
                    Figures = figures,
                }
                : new DoctorCheck(
                    Subject,
                    DoctorCheck.Ok,
                    "room",
                    $"{(isThere ? "can be written; " : "")}{Spoken.Size(free)} are left"
                )
                {
                    Figures = figures,
                };
        }
        catch (PlatformException failure)
        {
            return new DoctorCheck(
                Subject,
                DoctorCheck.Problem,
                "not-writable",
                failure.Message,
                "nothing can be shared until this is mended: make room, or give the folder back to this user"
            );
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return new DoctorCheck(
                Subject,
                DoctorCheck.Problem,
                "unknown",
                DiskProblem.Describe(failure),
                "check the disk"
            );
        }
    }
}
