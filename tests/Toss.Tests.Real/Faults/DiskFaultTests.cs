using Toss.Testing.Relay;
using Toss.Tests.Real.Storage;
using Xunit;

namespace Toss.Tests.Real.Faults;

/// <summary>Agents on disks that are full or read-only: they say so, and nothing is lost.</summary>
public sealed class DiskFaultTests
{
    /// <summary>Nothing at all, too little for the lock's pid, for the reason of a failed start, and for a database.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(48)]
    public async Task A_first_start_on_a_full_disk_says_so_and_works_once_there_is_space(int kibibytes)
    {
        using var disk = new MountedDisk(8192);
        await using var device = new FaultDevice(disk.File("home"));
        disk.Fill(kibibytes);
        var run = await device.RunAsync("up", "--headless");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("disk is full", run.Errors, StringComparison.Ordinal);
        Assert.Null(device.AgentId);

        disk.Free();
        await device.UpAsync();
        await device.CopyAsync("after");
        Assert.Equal(["after"], await device.HistoryAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_start_on_a_read_only_disk_says_so(bool used)
    {
        using var disk = new MountedDisk(8192);
        await using var device = new FaultDevice(disk.File("home"));
        if (used)
        {
            await device.UpAsync();
            Assert.Equal(0, (await device.RunAsync("down")).ExitCode);
        }
        disk.MakeReadOnly();
        foreach (var command in (string[])["up", "daemon"])
        {
            var run = await device.RunAsync(command, "--headless");
            Assert.True(run.ExitCode == 1, run.ToString());
            Assert.Contains("read-only", run.Errors, StringComparison.Ordinal);
            Assert.Null(device.AgentId);
        }
        disk.MakeWritable();
        await device.UpAsync();
    }

    [Fact]
    public async Task A_disk_that_fills_under_a_running_agent_costs_nothing()
    {
        await using var relay = await RelayProcess.StartAsync();
        using var disk = new MountedDisk(16 * 1024);
        await using var alice = new FaultDevice();
        await using var bob = new FaultDevice(disk.File("home"));
        await alice.UpAsync(relay.Url);
        await bob.UpAsync();
        await alice.PairAsync(bob);
        await alice.CopyAsync("before");
        await bob.HasClipboardAsync("before");
        var agent = bob.AgentId;

        disk.Fill(leaveKibibytes: 0);
        var large = new byte[2_000_000];
        Array.Fill(large, (byte)'z');
        var run = await bob.RunAsync(large, "copy", "-");
        Assert.True(run.ExitCode == 1, run.ToString());
        Assert.Contains("disk is full", run.Errors, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("Free", run.Errors, StringComparison.Ordinal);
        var copied = await FillByCopyingAsync(bob);
        await bob.WaitAsync(
            "a warning of the copy that was not shared",
            status => status.Warnings.Any(warning => warning.Message.Contains("not shared", StringComparison.Ordinal))
        );

        string[] sent = [.. Enumerable.Range(0, 5).Select(i => $"while full {i} {new string('x', 20_000)}")];
        foreach (var text in sent)
        {
            await alice.CopyAsync(text);
        }
        await bob.WaitAsync(
            "a warning of what cannot be stored",
            status =>
                status.Warnings.Any(warning => warning.Message.Contains("cannot be stored", StringComparison.Ordinal))
        );
        await alice.WaitAsync("unanswered clips", status => status.Peers is [{ Pending: > 0 }]);
        Assert.Equal(agent, bob.AgentId);

        // What was not acknowledged outlives the relay and the agent.
        await bob.KillAsync();
        await relay.KillAsync();
        disk.Free();
        await relay.RestartAsync();
        await bob.UpAsync();
        await bob.HasClipboardAsync(sent[^1]);
        await alice.WaitAsync("every receipt", status => status.Peers is [{ Pending: 0 }]);
        var texts = new List<string>();
        foreach (var preview in await bob.HistoryAsync())
        {
            texts.Add(preview.Split(' ', 3) is ["while", "full", var rest] ? rest.Split(' ')[0] : preview);
        }
        Assert.Equal(["0", "1", "2", "3", "4", "before"], texts.Except(copied).Order());
        Assert.Equal(texts.Count, texts.Distinct().Count());
    }

    [Fact]
    public async Task What_waits_for_space_comes_by_itself_when_there_is_some()
    {
        await using var relay = await RelayProcess.StartAsync();
        using var disk = new MountedDisk(16 * 1024);
        await using var alice = new FaultDevice();
        await using var bob = new FaultDevice(disk.File("home"));
        await alice.UpAsync(relay.Url);
        await bob.UpAsync();
        await alice.PairAsync(bob);
        disk.Fill(leaveKibibytes: 0);
        await FillByCopyingAsync(bob);
        await alice.CopyAsync("patient");
        await bob.WaitAsync(
            "a warning of what cannot be stored",
            status =>
                status.Warnings.Any(warning => warning.Message.Contains("cannot be stored", StringComparison.Ordinal))
        );
        disk.Free();
        await bob.HasClipboardAsync("patient");
        await alice.WaitAsync("its receipt", status => status.Peers is [{ Pending: 0 }]);
        Assert.Single(await bob.HistoryAsync(), "patient");
        await bob.WaitAsync(
            "the warning to go",
            status =>
                !status.Warnings.Any(warning => warning.Message.Contains("cannot be stored", StringComparison.Ordinal))
        );
    }

    /// <summary>SQLite may have some room left in its own files: copies until there is none. What was copied by then.</summary>
    private static async Task<string[]> FillByCopyingAsync(FaultDevice device)
    {
        var copied = new List<string>();
        for (var i = 0; i < 1000; i++)
        {
            var text = $"small-{i} {new string('y', 3000)}";
            try
            {
                await device.CopyAsync(text);
            }
            catch (Toss.Control.ControlException failure)
            {
                Assert.Equal(Toss.Control.ControlErrors.Storage, failure.Code);
                return
                [
                    .. (await device.HistoryAsync()).Where(preview =>
                        preview.StartsWith("small-", StringComparison.Ordinal)
                    ),
                ];
            }
            copied.Add(text);
        }
        throw new InvalidOperationException($"The disk took {copied.Count} copies.");
    }
}
