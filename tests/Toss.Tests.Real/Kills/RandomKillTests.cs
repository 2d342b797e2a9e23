using System.Diagnostics;
using System.Runtime.InteropServices;
using Toss.Testing.Faults;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.Kills;

/// <summary>`kill -9` of agents and relay, as people get them, 200 times at random instants while both devices copy.</summary>
[Trait("Tier", "native")]
public sealed class RandomKillTests
{
    private const int Kills = 200;
    private const int Seed = 20_260_729;

    /// <summary>Copies between two kills, at most; enough that every kill finds work under way.</summary>
    private const int CopiesPerKill = 10;

    /// <summary>Frames between the last of those copies and the kill, at most.</summary>
    private const int FramesPerKill = 12;

    /// <summary>Frames may not come because everybody waits for the relay: then the kill comes all the same.</summary>
    private static readonly TimeSpan noFrames = TimeSpan.FromMilliseconds(300);

    private readonly Random _random = new(Seed);
    private readonly StoredNonces _a = new();
    private readonly StoredNonces _b = new();
    private int _killed;

    [Fact]
    public async Task Two_hundred_kills_lose_nothing_double_nothing_and_repeat_no_key_and_nonce()
    {
        await using var world = new KillWorld(BuiltPrograms.Native(Folder()));
        await world.UpAsync();
        await world.PairAsync(CancellationToken.None);
        await world.PairedOnBothOrOnNeitherAsync();

        bool MayCopy() => world.Acknowledged < (_killed + 1) * CopiesPerKill;
        KillLoad[] loads = [new(world, world.A, MayCopy), new(world, world.B, MayCopy)];
        try
        {
            while (_killed < Kills)
            {
                await WaitAsync(world);
                await KillAsync(world);
                await world.UpAsync();
            }
        }
        finally
        {
            await Task.WhenAll(loads.Select(load => load.StopAsync()));
        }

        await world.HoldsAsync();
        await world.HasNoRestsAsync();
        Assert.All(loads, load => Assert.Null(load.AppliedTwice));
        await world.KillAllAsync();
        _a.Look(Database(world.A));
        _b.Look(Database(world.B));
        Assert.Null(_a.Problem);
        Assert.Null(_b.Problem);
        // That there was something to lose, to double and to repeat.
        Assert.True(
            world.Acknowledged >= Kills
                && world.Envelopes > world.Acknowledged
                && Math.Min(_a.Count, _b.Count) > world.Acknowledged,
            $"{world.Acknowledged} copies, {world.Envelopes} envelopes, {_a.Count} and {_b.Count} records"
        );
        TestContext.Current.SendDiagnosticMessage(
            $"{world.Acknowledged} copies acknowledged, {loads.Sum(load => load.Failed)} tried in vain, "
                + $"{world.Envelopes} envelopes, {_a.Count + _b.Count} records"
        );
    }

    /// <summary>Asked to end at its first file, and at its first commit, none does, nor writes down what it passes.</summary>
    [Fact]
    public async Task Native_programs_have_no_fault_points()
    {
        using var faults = new FaultPrograms(BuiltPrograms.Native(Folder()));
        await using var world = new KillWorld(faults.Programs);
        faults.Arm("File.Move", "before");
        await world.UpAsync();
        faults.Arm("Relay.Append", "before");
        await world.PairAsync(CancellationToken.None);
        await world.PairedOnBothOrOnNeitherAsync();
        await world.HoldsAsync();
        await world.HasNoRestsAsync();
        Assert.Empty(faults.Reached());
        Assert.False(faults.HasEnded);
    }

    /// <summary>The instant: after some more acknowledged copies and some more frames.</summary>
    private async Task WaitAsync(KillWorld world)
    {
        var copies = world.Acknowledged + _random.Next(CopiesPerKill / 2);
        var frames = _random.Next(FramesPerKill);
        var limit = (_killed + 1) * CopiesPerKill;
        await Eventually.HoldsAsync(
            "copies under load",
            () => Task.FromResult(world.Acknowledged >= Math.Min(copies, limit)),
            world.StateAsync
        );
        frames += world.Frames;
        for (var begin = Stopwatch.GetTimestamp(); world.Frames < frames; )
        {
            if (Stopwatch.GetElapsedTime(begin) > noFrames)
            {
                break;
            }
            await Task.Yield();
        }
    }

    /// <summary>Mostly one of the three; now and then two, or all.</summary>
    private async Task KillAsync(KillWorld world)
    {
        var first = _random.Next(3);
        var count = _random.Next(10) switch
        {
            < 7 => 1,
            < 9 => 2,
            _ => 3,
        };
        count = Math.Min(count, Kills - _killed);
        await Task.WhenAll(
            Enumerable
                .Range(first, count)
                .Select(victim =>
                    (victim % 3) switch
                    {
                        0 => world.A.KillAsync(),
                        1 => world.B.KillAsync(),
                        _ => world.Relay!.KillAsync(),
                    }
                )
        );
        _killed += count;
        if (!world.A.IsRunning)
        {
            _a.Look(Database(world.A));
        }
        if (!world.B.IsRunning)
        {
            _b.Look(Database(world.B));
        }
    }

    private static string Database(TossProgram program) => Path.Combine(program.Folders.Data, "toss.db");

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable(BuiltPrograms.NativeFolderVariable) is { Length: > 0 } named)
        {
            return named;
        }
        var machine = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "linux-arm64" : "linux-x64";
        return Path.Combine(FaultPointList.Root, "artifacts", "package", machine);
    }
}
