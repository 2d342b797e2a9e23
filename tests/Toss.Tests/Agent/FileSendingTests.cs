using Toss.Control;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Files from one device into a folder of another.</summary>
public sealed class FileSendingTests : TwoDevices, IDisposable
{
    private readonly TemporaryFolder _from = new();

    public void Dispose() => _from.Dispose();

    [Fact]
    public async Task Files_and_folders_stand_in_the_folder_when_the_sender_says_received()
    {
        await PairAsync();
        Write("one.txt", "1");
        Write("folder/two.txt", "2");
        Directory.CreateDirectory(_from["folder/empty"]);
        File.CreateSymbolicLink(_from["folder/link"], "/etc/passwd");

        var events = new List<SendEvent>();
        await foreach (var next in SendAsync("one.txt", "folder"))
        {
            events.Add(next);
            if (next is SendDelivery { State: "received" })
            {
                Assert.Equal("2", File.ReadAllText(Path.Combine(B.Received, "folder", "two.txt")));
            }
        }

        var whole = Assert.Single(events.OfType<SendSealed>());
        Assert.Equal((2, 2, 2), (whole.Files, whole.Folders, whole.Bytes));
        Assert.Equal(["one.txt", "folder"], whole.Names);
        Assert.Equal([new FileReport("folder/link", "a link")], whole.Skipped);
        Assert.Empty(whole.Changed);
        Assert.Equal(
            ("Bert", "received"),
            Assert.IsType<SendDelivery>(events[^1]) is var end ? (end.Name, end.State) : default
        );
        Assert.Equal(["folder", "folder/empty", "folder/two.txt", "one.txt"], NamesIn(B.Received));
        foreach (var agent in new[] { A, B })
        {
            var entry = Assert.Single(await agent.Control.GetHistoryAsync(null, 10, default));
            Assert.Equal(
                ("one.txt, folder (2 files)", 2, "complete", false),
                (entry.Preview, entry.Size, entry.State, entry.HoldsClipboard)
            );
            // No clipboard gets them.
            Assert.Null(await agent.Control.PasteAsync(null, null, default));
        }
        Assert.Equal("applied", (await A.Control.GetHistoryAsync(null, 1, default))[0].Deliveries.Single().State);

        // Again: under another name, nothing is written over.
        Assert.Equal("received", (await LastAsync("one.txt")).State);
        Assert.Contains("one (2).txt", NamesIn(B.Received));
        // After a restart nothing is placed a second time.
        await B.StopAsync();
        await B.StartAsync();
        Assert.Equal(5, NamesIn(B.Received).Count);
    }

    /// <summary>More chunks than have their hashes beside the id.</summary>
    [Fact]
    public async Task A_large_file_arrives_with_its_list_apart()
    {
        await PairAsync();
        var content = TestContent.Noise((Limits.InlineChunkHashes + 3) * Limits.BlobChunk);
        File.WriteAllBytes(_from["large"], content);
        Assert.Equal("received", (await LastAsync("large")).State);
        Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(B.Received, "large"))));
    }

    [Fact]
    public async Task A_device_that_is_away_gets_them_when_it_is_back()
    {
        await PairAsync();
        await B.StopAsync();
        Write("later", "3");
        Assert.Equal("away", (await LastAsync("later")).State);
        await B.StartAsync();
        await TestPairing.Until(
            () => Task.FromResult(File.Exists(Path.Combine(B.Received, "later"))),
            "the file to be there"
        );
    }

    [Fact]
    public async Task What_is_let_go_of_while_it_is_read_leaves_nothing()
    {
        await PairAsync();
        File.WriteAllBytes(_from["large"], TestContent.Noise(32 * 1024 * 1024));
        await foreach (var next in SendAsync("large"))
        {
            if (next is SendReading)
            {
                break;
            }
        }
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task What_is_let_go_of_on_its_way_leaves_nothing_here_or_there()
    {
        await PairAsync();
        File.WriteAllBytes(_from["large"], TestContent.Noise(8 * 1024 * 1024));
        var gate = new TaskCompletionSource();
        B.HoldChunks(gate.Task);
        await foreach (var next in SendAsync("large"))
        {
            if (next is SendDelivery { State: "sending" })
            {
                break;
            }
        }
        gate.SetResult();
        await NothingIsLeftAsync();
    }

    [Fact]
    public async Task Who_receives_may_stop_it_too()
    {
        await PairAsync();
        File.WriteAllBytes(_from["large"], TestContent.Noise(8 * 1024 * 1024));
        var gate = new TaskCompletionSource();
        B.HoldChunks(gate.Task);
        var sending = LastAsync("large");
        IReadOnlyList<TransferReport> coming = [];
        await TestPairing.Until(
            async () => (coming = (await B.Control.GetStatusAsync(default)).Transfers).Count > 0,
            "it to come"
        );
        _ = await Watchdog.Within(B.Control.CancelAsync(coming[0].Id, default), "it to be stopped");
        gate.SetResult();
        var last = await Watchdog.Within(sending, "the sender to hear that");
        Assert.Equal(("refused", "cancelled"), (last.State, last.Reason));
        Assert.Empty(B.BlobFiles);
        Assert.False(Directory.Exists(B.Received));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_told_and_tried_again()
    {
        await PairAsync();
        File.WriteAllText(B.Received, "in the way");
        Write("file", "4");
        var isMended = false;
        var sending = Task.Run(async () =>
        {
            await foreach (var next in SendAsync("file"))
            {
                Assert.True(isMended || next is not SendDelivery { State: "received" });
            }
        });
        await TestPairing.Until(
            async () =>
                (await B.Control.GetStatusAsync(default)).Warnings.Any(warning =>
                    warning.Message.Contains($"Cannot write in {B.Received}", StringComparison.Ordinal)
                ),
            "the warning"
        );
        File.Delete(B.Received);
        isMended = true;
        await B.StopAsync();
        await B.StartAsync();
        await TestPairing.Until(
            () => Task.FromResult(File.Exists(Path.Combine(B.Received, "file"))),
            "the file to be there"
        );
        await Watchdog.Within(sending, "the sender to see that");
    }

    [Fact]
    public async Task What_cannot_be_sent_is_said()
    {
        var alone = await Assert.ThrowsAsync<ControlException>(() => LastAsync("none"));
        Assert.Equal(ControlErrors.NoSuchDevice, alone.Code);
        await PairAsync();
        var failed = Assert.IsType<SendFailed>(await EventsAsync("none").LastAsync());
        Assert.Equal(
            (ControlErrors.InvalidArgument, $"There is no file {_from["none"]}."),
            (failed.Code, failed.Message)
        );
        await A.Control.SetRuleAsync(new("out", "Bert", "other", "never", null), default);
        Write("file", "5");
        alone = await Assert.ThrowsAsync<ControlException>(() => EventsAsync("file").LastAsync().AsTask());
        Assert.Equal(ControlErrors.NoSuchDevice, alone.Code);
    }

    private IAsyncEnumerable<SendEvent> EventsAsync(params string[] names) => SendAsync(names);

    private IAsyncEnumerable<SendEvent> SendAsync(params string[] names) =>
        A.Control.SendFilesAsync(new([.. names.Select(name => _from[name])], null), default);

    private async Task<SendDelivery> LastAsync(params string[] names)
    {
        SendEvent? last = null;
        await foreach (var next in SendAsync(names))
        {
            last = next;
        }
        return Assert.IsType<SendDelivery>(last);
    }

    private async Task NothingIsLeftAsync()
    {
        await TestPairing.Until(() => Task.FromResult(A.BlobFiles.Count == 0), "the sender to keep no blob");
        await TestPairing.Until(() => Task.FromResult(B.BlobFiles.Count == 0), "the receiver to keep no blob");
        await TestPairing.Until(
            async () => (await B.Control.GetStatusAsync(default)).Transfers.Count == 0,
            "the transfer to be over"
        );
        Assert.Empty(await A.Control.GetHistoryAsync(null, 10, default));
        Assert.False(Directory.Exists(B.Received));
    }

    private void Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_from[name])!);
        File.WriteAllText(_from[name], text);
    }

    private static IReadOnlyList<string> NamesIn(string folder) =>
        [
            .. Directory
                .EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(folder, path))
                .Order(StringComparer.Ordinal),
        ];
}
