using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Toss.Crypto;
using Toss.Crypto.Records;
using Toss.Storage;
using Toss.Testing.Storage;
using Xunit;

namespace Toss.Tests.Real.Storage;

/// <summary>A process killed in the middle of its commits: what was acknowledged is there, what was not is whole or absent.</summary>
public sealed class KilledProcessTests
{
    private static readonly TimeSpan Watchdog = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>This assembly, started with the variable set, is the process to be killed.</summary>
    [ModuleInitializer]
    internal static void BecomeTheCommitStream()
    {
        if (Environment.GetEnvironmentVariable(CommitStream.Variable) is { Length: > 0 } path)
        {
            CommitStream.RunAsync(path, Console.Out).GetAwaiter().GetResult();
        }
    }

    [Fact]
    public async Task Every_acknowledged_commit_survives_kill_9()
    {
        using var directory = new TemporaryDirectory();
        var path = directory.File("toss.db");
        var acknowledged = -1L;
        foreach (var commits in new[] { 1, 7, 60, 300 })
        {
            acknowledged = await RunAndKillAsync(path, commits);
            using var cipher = new RecordCipher(CommitStream.Key, SystemRandomSource.Instance);
            await using var store = await SqliteAgentStore.OpenAsync(path, cipher, cancellation: Cancellation);
            var listed = await store.NewestClipsAsync(int.MaxValue, Cancellation);
            var sessions = await store.LoadSessionsAsync(CommitStream.Peer, Cancellation);

            Assert.True(
                listed.Count > acknowledged,
                $"Commit {acknowledged} was acknowledged, {listed.Count} are there."
            );
            Assert.InRange(listed.Count, acknowledged + 1, acknowledged + 2);
            Assert.Equal(
                Enumerable.Range(0, listed.Count).Reverse().Select(i => i.ToString(CultureInfo.InvariantCulture)),
                listed.Select(clip => clip.Clip.Preview)
            );
            // The same commit wrote both.
            Assert.Equal((ulong)listed.Count, sessions!.Version);
            Assert.Equal(0, store.DamagedClips);
        }
    }

    private static async Task<long> RunAndKillAsync(string path, int commits)
    {
        using var process = Process.Start(Itself(path))!;
        using var watchdog = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        watchdog.CancelAfter(Watchdog);
        try
        {
            var last = -1L;
            for (var i = 0; i < commits; i++)
            {
                last = Parse(await process.StandardOutput.ReadLineAsync(watchdog.Token));
            }
            process.Kill();
            while (await process.StandardOutput.ReadLineAsync(watchdog.Token) is { Length: > 0 } line)
            {
                last = Parse(line);
            }
            await process.WaitForExitAsync(watchdog.Token);
            return last;
        }
        catch (OperationCanceledException) when (watchdog.IsCancellationRequested)
        {
            throw new TimeoutException($"Waited for {commits} acknowledged commits of the child process.");
        }
        finally
        {
            process.Kill();
        }
    }

    private static long Parse(string? line) =>
        long.TryParse(line, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new InvalidOperationException($"The child process ended or said '{line}'.");

    private static ProcessStartInfo Itself(string path)
    {
        var program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            start.ArgumentList.Add(typeof(KilledProcessTests).Assembly.Location);
        }
        start.Environment[CommitStream.Variable] = path;
        return start;
    }
}
