using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>
/// A process ends just before and just after each durable step, by name, and starts again. Then: what was acknowledged is
/// in both histories, nothing is there twice, copies go both ways, both hold each other or neither does, and no message key
/// served twice.
/// </summary>
[Trait("Tier", "faults")]
public sealed class FaultPointTests(FaultRehearsal rehearsal) : IClassFixture<FaultRehearsal>
{
    private static readonly string[] ofEither =
    [
        "File.ClearNew",
        "File.Flush",
        "File.Move",
        "File.SyncFolder",
        "Relay.Acknowledge",
        "Relay.Allow",
        "Relay.Append",
        "Store.Checkpoint",
        "Store.LeaveCircle",
        "Store.MergeRoster",
    ];

    /// <summary>What no phase passes, each with its reason. A point that is passed after all must be taken off.</summary>
    private static readonly SortedDictionary<string, string> unreachable = new(StringComparer.Ordinal)
    {
        ["Blob.Discard"] = "only a copy that the disk refuses in the middle: StoreDiskTests",
        ["Blob.FlushPart"] =
            "only content of 8 MiB or more: PartialBlobTests ends it at every instant, LargeCopyFaultTests by kill",
        ["Blob.NamePart"] = "as Blob.FlushPart",
        ["Blob.WriteMap"] = "as Blob.FlushPart",
        ["Files.ClearStaging"] = "has a test of its own: FileFaultTests",
        ["Files.DeleteCopy"] =
            "deletes what nobody names any more, and does so again at the next paste: CopiedFilesTests",
        ["Files.EndStaging"] = "has a test of its own: FileFaultTests",
        ["Files.MarkWhole"] = "has a test of its own: FileFaultTests",
        ["Files.Move"] = "has a test of its own: FileFaultTests",
        ["Files.MoveWithoutFlag"] = "only where renameat2 cannot be told: not on Linux",
        ["Files.SyncFolder"] = "has a test of its own: FileFaultTests",
        ["Files.SyncStaged"] = "has a test of its own: FileFaultTests",
        ["Store.Compact"] = "only with a mebibyte of free pages, and what it moves is SQLite's own: StoreFileTests",
        ["RelayBlob.Rename"] = "only an upload that is broken off in the middle: UploadTests",
        ["RelayBlob.Sync"] = "only an upload of many chunks: UploadTests",
        ["Store.WantClip"] = "only a paste of what was announced: PasteTests",
        ["Keyring.Store"] = "has a test of its own, with a keyring",
    };

    /// <summary>What a device's removal and its leaving pass: each point is ended at in both, whatever else passes it.</summary>
    private static readonly SortedDictionary<string, string[]> departures = new(StringComparer.Ordinal)
    {
        [nameof(FaultPhase.Part)] = [.. ofEither, "Store.EndFarewell", "Store.RevokeDevice"],
        [nameof(FaultPhase.Leave)] = ofEither,
    };

    public static TheoryData<string, string> Points()
    {
        var points = new TheoryData<string, string>();
        foreach (var name in FaultPointList.Names.Where(name => !unreachable.ContainsKey(name)))
        {
            points.Add(name, "before");
            points.Add(name, "after");
        }
        return points;
    }

    [Theory]
    [MemberData(nameof(Points))]
    public Task Ended_at(string name, string side)
    {
        var phase = rehearsal.PhaseOf(name, side);
        Assert.True(phase is not null, $"No phase passes {name}:{side}: extend one, or list it with a reason.");
        return EndAsync(phase.Value, name, side, 1);
    }

    /// <summary>The three files of a first start, one after the other: pid, key, marker.</summary>
    [Theory]
    [InlineData("before", 1)]
    [InlineData("before", 2)]
    [InlineData("before", 3)]
    [InlineData("after", 1)]
    [InlineData("after", 2)]
    [InlineData("after", 3)]
    public Task Ended_at_a_file_of_the_first_start(string side, int times) =>
        EndAsync(FaultPhase.Start, "File.Move", side, times);

    public static TheoryData<string, string, string, int> Departures()
    {
        var points = new TheoryData<string, string, string, int>();
        foreach (var (phase, names) in departures)
        {
            foreach (var name in names)
            {
                // The files of a device that goes on with another key: both keys, the marker, the new key.
                foreach (var times in Enumerable.Range(1, name == "File.Move" ? 3 : 1))
                {
                    points.Add(phase, name, "before", times);
                    points.Add(phase, name, "after", times);
                }
            }
        }
        return points;
    }

    [Theory]
    [MemberData(nameof(Departures))]
    public Task Ended_while_a_device_departs(string phase, string name, string side, int times) =>
        EndAsync(Enum.Parse<FaultPhase>(phase), name, side, times);

    [Fact]
    public void What_departures_pass_is_listed() =>
        Assert.All(
            departures,
            listed =>
                Assert.Equal(
                    listed.Value.Order(StringComparer.Ordinal),
                    rehearsal.NamesIn(Enum.Parse<FaultPhase>(listed.Key))
                )
        );

    [Fact]
    public void What_is_listed_as_unreachable_is_not_passed() =>
        Assert.DoesNotContain(unreachable.Keys, name => rehearsal.PhaseOf(name, "before") is not null);

    [Fact]
    public void Every_point_that_is_passed_is_listed() => Assert.Empty(rehearsal.Unlisted());

    private Task EndAsync(FaultPhase phase, string name, string side, int times) =>
        rehearsal.RunAsync(
            phase,
            async script =>
            {
                await script.PrepareAsync(phase);
                await script.ActUntilAsync(phase, name, side, times);
                await script.ConcludeAsync(phase);
            }
        );
}
