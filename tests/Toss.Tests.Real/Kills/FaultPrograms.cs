using System.Globalization;
using Toss.Testing.Faults;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Tests.Real.Kills;

/// <summary>The programs that scripts/faults builds, and the folder that tells one of their processes where to end.</summary>
internal sealed class FaultPrograms : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private TimeSpan _passed;

    public FaultPrograms()
        : this(BuiltPrograms.Native(Path.Combine(FaultPointList.Root, "artifacts", "faults", "programs"))) { }

    /// <summary>Other programs, told the same.</summary>
    public FaultPrograms(BuiltPrograms programs)
    {
        Directory.CreateDirectory(Folder);
        string[] told = ["env", $"TOSS_FAULT_FOLDER={Folder}"];
        Programs = new([.. told, .. programs.Toss], [.. told, .. programs.Relay]);
    }

    /// <summary>Both programs; whichever process passes the point first ends.</summary>
    public BuiltPrograms Programs { get; }

    private string Folder => _folder["faults"];

    private string Ended => Path.Combine(Folder, "ended");

    /// <summary>From now on: the process that passes this point on this side, for the n-th time, ends.</summary>
    public void Arm(string name, string side, int times = 1)
    {
        Disarm();
        // Renamed into place: no process reads half of it.
        var fresh = Path.Combine(Folder, "armed.new");
        File.WriteAllText(fresh, $"{name}:{side}:{times}");
        File.Move(fresh, Path.Combine(Folder, "armed"), overwrite: true);
    }

    /// <summary>So much time passes for all processes, those that run and those to come; their timers do not notice.</summary>
    public void PassTime(TimeSpan time)
    {
        _passed += time;
        var fresh = Path.Combine(Folder, "clock.new");
        File.WriteAllText(fresh, ((long)_passed.TotalSeconds).ToString(CultureInfo.InvariantCulture));
        File.Move(fresh, Path.Combine(Folder, "clock"), overwrite: true);
    }

    public void Disarm()
    {
        File.Delete(Path.Combine(Folder, "armed"));
        File.Delete(Ended);
    }

    /// <summary>Whether a process came to the armed point and is gone.</summary>
    public bool HasEnded
    {
        get
        {
            if (!File.Exists(Ended))
            {
                return false;
            }
            try
            {
                // Of a dead process that nobody buried yet this is empty.
                return File.ReadAllText($"/proc/{File.ReadAllText(Ended)}/environ").Length == 0;
            }
            catch (IOException)
            {
                return true;
            }
        }
    }

    /// <summary>`NAME:side` of each point that any process passed since <see cref="ForgetReached"/>.</summary>
    public IReadOnlySet<string> Reached() =>
        ReachedFiles()
            .SelectMany(File.ReadAllLines)
            // Without its end: the line that is being written.
            .Where(line => line.EndsWith(';'))
            .Select(line => line[..^1])
            .ToHashSet();

    /// <summary>How much has been passed: it stops growing when nothing durable happens any more.</summary>
    public long Length => ReachedFiles().Sum(file => new FileInfo(file).Length);

    public void ForgetReached()
    {
        foreach (var file in ReachedFiles())
        {
            File.Delete(file);
        }
    }

    public void Dispose() => _folder.Dispose();

    private IEnumerable<string> ReachedFiles() => Directory.EnumerateFiles(Folder, "reached.*");
}
