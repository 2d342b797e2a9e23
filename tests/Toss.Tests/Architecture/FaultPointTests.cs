using System.Text.RegularExpressions;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Toss.Testing.Faults;
using Xunit;

namespace Toss.Tests.Architecture;

/// <summary>Every durable step has a fault point, and the programs that people get hold nothing of them.</summary>
public sealed partial class FaultPointTests
{
    /// <summary>Lines between a durable call and its fault point: a call may be spread over several, or two share one.</summary>
    private const int Near = 10;

    /// <summary>Durable calls without a point, by file and a part of the line. Each says why.</summary>
    private static readonly (string File, string Line, string Why)[] withoutPoint =
    [
        ("src/Toss.Platform/Hosting/DiskProblem.cs", "", "a probe: what it writes means nothing"),
        ("src/Toss.Platform/Native/Libc.cs", "", "the call itself; its callers have points"),
        ("src/Toss.Storage/Blobs/DirectorySync.cs", "", "the call itself; its callers have points"),
        ("src/Toss.Storage/Sqlite/Database.cs", "\"COMMIT\"", "the call itself; its callers have points"),
        ("src/Toss.Storage/SqliteAgentStore.cs", "Transaction(() => true)", "writes nothing: it only takes the lock"),
    ];

    private static readonly string[] writers = ["Toss.Storage", "Toss.Platform", "Toss.Relay"];

    private static readonly string[] programs = ["Toss.Cli", "Toss.Relay"];

    private static readonly string[] testOnly = ["Toss.FaultPoint", "Toss.FaultClock"];

    [Fact]
    public void EveryDurableCallHasAFaultPointBeforeAndAfterIt()
    {
        var bare = new List<string>();
        foreach (var file in FaultPointList.Files)
        {
            var lines = Repository.ReadLines(file);
            foreach (var (at, line) in lines.Index().Where(line => DurableCall().IsMatch(line.Item)))
            {
                if (withoutPoint.Any(exception => exception.File == file && line.Contains(exception.Line)))
                {
                    continue;
                }
                var before = lines[Math.Max(0, at - Near)..at].Any(text => text.Contains("FaultPoint.Before("));
                var after = lines[at..Math.Min(lines.Length, at + Near)]
                    .Any(text => text.Contains("FaultPoint.After("));
                if (!before || !after)
                {
                    bare.Add($"{file}:{at + 1} {line.Trim()}");
                }
            }
        }

        Violations.None(bare);
    }

    [Fact]
    public void EveryExceptionIsNeeded() =>
        Violations.None(
            withoutPoint
                .Where(exception =>
                    !Repository
                        .ReadLines(exception.File)
                        .Any(line => line.Contains(exception.Line) && DurableCall().IsMatch(line))
                )
                .Select(exception => $"{exception.File}: {exception.Line}")
        );

    /// <summary>A rename of its own would lack the folder's flush, or a point.</summary>
    [Fact]
    public void CommandsRenameAndReplaceFilesByDurableFileAlone() =>
        Violations.None(
            Directory
                .EnumerateFiles(Repository.FullPath("src/Toss.Cli/Commands"), "*.cs", SearchOption.AllDirectories)
                .Where(file => Rename().IsMatch(File.ReadAllText(file)))
                .Select(file => $"{file}: DurableFile.Place does it")
        );

    [Fact]
    public void EveryFaultPointHasBothSides()
    {
        var before = FaultPointList.BySide["before"].ToHashSet();
        var after = FaultPointList.BySide["after"].ToHashSet();

        Assert.NotEmpty(before);
        Assert.Equal(before.Order(), after.Order());
    }

    /// <summary>A name stands for one place; where a step is written in several, the enum's name does.</summary>
    [Fact]
    public void NoTwoFaultPointsShareAName() =>
        Violations.None(
            FaultPointList
                .BySide["before"]
                .GroupBy(name => name)
                .Where(same => same.Count() > 1)
                .Select(same => same.Key)
        );

    [Fact]
    public void ShippedProgramsHoldNoFaultPoint()
    {
        var found = new List<string>();
        foreach (var project in Repository.Projects)
        {
            var held = Compiled.Module(project).GetTypes().Select(type => type.FullName).Intersect(testOnly);
            Assert.True(
                held.SequenceEqual(testOnly.Where((_, index) => (index == 0 ? writers : programs).Contains(project))),
                $"{project} compiles FaultPoint or FaultClock, or should: Directory.Build.props says which do"
            );
            foreach (var method in Compiled.Module(project).GetTypes().SelectMany(type => type.Methods))
            {
                if (!method.HasBody)
                {
                    continue;
                }
                var calls = method.Body.Instructions.Any(instruction =>
                    instruction.Operand is MethodReference called && testOnly.Contains(called.DeclaringType.FullName)
                );
                var isPoint = testOnly.Contains(method.DeclaringType.FullName);
                var names = method.Body.Instructions.Any(instruction =>
                    instruction.Operand is string text && text.Contains("TOSS_FAULT", StringComparison.Ordinal)
                );
                // In FaultPoint itself Before and After call Pass, which does nothing; in FaultClock, Replace calls Ahead.
                var mustDoNothing = isPoint && method.Name is "Pass" or "Ahead";
                if (names || (calls && !isPoint) || (mustDoNothing && DoesSomething(method)))
                {
                    found.Add($"{project}: {method.FullName}");
                }
            }
        }

        Violations.None(found);
    }

    private static bool DoesSomething(MethodDefinition method) =>
        method.Body.Instructions.Any(instruction =>
            instruction.OpCode != OpCodes.Nop && instruction.OpCode != OpCodes.Ret
        );

    [GeneratedRegex("""(?<!Durable)File\.(Move|Replace)\(""")]
    private static partial Regex Rename();

    // Renames and removals, what waits for the disk, and what ends a transaction or writes outside of one.
    [GeneratedRegex(
        """(?<!Durable)File\.(Move|Replace|Delete|WriteAll\w+)\(|Directory\.(Move|Delete)\(|flushToDisk: true|\.Transaction\(|\.Commit\(\)|DirectorySync\.Flush\(|TrySyncDirectory\(|vfs__delete\(|LibSecret\.PasswordStore\(|"COMMIT"|wal_checkpoint\(|database\.Execute\("INSERT INTO key_check"""
    )]
    private static partial Regex DurableCall();
}
