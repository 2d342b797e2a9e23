using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Tests.Real.EndToEnd;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>The agent ends around each durable step of files that come: they stand there once, and nothing else does.</summary>
[Trait("Tier", "faults")]
public sealed class FileFaultTests
{
    public static TheoryData<string, string> Points()
    {
        var points = new TheoryData<string, string>();
        foreach (
            var name in new[]
            {
                "Files.SyncStaged",
                "Files.MarkWhole",
                "Files.Move",
                "Files.SyncFolder",
                "Files.EndStaging",
                "Files.ClearStaging",
            }
        )
        {
            points.Add(name, "before");
            points.Add(name, "after");
        }
        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public async Task Ended_while_files_are_placed(string name, string side)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in new[] { "one", "two", "three" })
        {
            File.WriteAllText(folder[file], file);
        }
        Directory.CreateDirectory(folder["to"]);
        using var faults = new FaultPrograms();
        await using var two = await TwoPrograms.StartAsync(programs: faults.Programs);
        await two.PairAsync();
        await two.B.JsonAsync("config", "receive-folder", folder["to"]);

        faults.Arm(name, side);
        await using var sending = two.A.Begin("send", folder["one"], folder["two"], folder["three"]);
        await Eventually.HoldsAsync(
            $"the agent to end at {name}:{side}",
            () => Task.FromResult(faults.HasEnded),
            two.A.StateAsync
        );
        faults.Disarm();
        await two.B.UpAsync();

        await Eventually.HoldsAsync(
            "the files to be there, and nothing else",
            () =>
                Task.FromResult(
                    Directory
                        .EnumerateFileSystemEntries(folder["to"])
                        .Select(path => Path.GetFileName(path))
                        .Order(StringComparer.Ordinal)
                        .SequenceEqual(["one", "three", "two"])
                ),
            two.B.StateAsync
        );
        await Eventually.HoldsAsync(
            "the sender to hear so",
            async () =>
                (await two.A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Single().State == "applied",
            two.A.StateAsync
        );
    }
}
