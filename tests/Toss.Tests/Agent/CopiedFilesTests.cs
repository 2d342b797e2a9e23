using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Testing.Agents;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Files copied in a file manager here, pasted in one there.</summary>
public sealed class CopiedFilesTests : TwoDevices, IDisposable
{
    private readonly TemporaryFolder _from = new();

    public void Dispose() => _from.Dispose();

    [Fact]
    public async Task Copied_files_are_on_the_other_clipboard_as_files_there()
    {
        await PairAsync();
        Directory.CreateDirectory(_from["folder"]);
        File.WriteAllText(_from["folder/two"], "2");
        File.WriteAllText(_from["one.txt"], "1");
        CopyFiles("one.txt", "folder");

        var there = await PastedAsync();
        Assert.Equal(["folder", "one.txt"], there.Select(path => Path.GetFileName(path)));
        Assert.Equal("1", File.ReadAllText(there[1]));
        Assert.Equal("2", File.ReadAllText(Path.Combine(there[0], "two")));
        Assert.False(Directory.Exists(B.Received));
        var entry = (await B.Control.GetHistoryAsync(null, 1, default)).Single();
        Assert.Equal(("one.txt, folder (2 files)", true), (entry.Preview, entry.HoldsClipboard));
        // Nobody else may look, and it does not come back.
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
                File.GetUnixFileMode(Path.GetDirectoryName(Path.GetDirectoryName(there[0]))!)
            );
        }
        await TestPairing.Until(
            async () =>
                (await A.Control.GetHistoryAsync(null, 1, default)).Single().Deliveries.Single().State == "applied",
            "the receipt"
        );
        Assert.Single(await A.Control.GetHistoryAsync(null, 10, default));

        // What history lets go of goes with the next that comes.
        await B.Control.DeleteAsync(new DeleteRequest([entry.Id], Everywhere: true), default);
        File.WriteAllText(_from["next"], "3");
        CopyFiles("next");
        await TestPairing.Until(
            async () => (await PastedAsync()) is [var only] && only.EndsWith("next", StringComparison.Ordinal),
            "the next"
        );
        Assert.False(File.Exists(there[1]));
    }

    [Fact]
    public async Task Many_bytes_come_when_they_are_pasted_and_stand_there_before_their_paths_are_told()
    {
        await PairAsync();
        var large = TestContent.Noise(9 * 1024 * 1024);
        File.WriteAllBytes(_from["large"], large);
        CopyFiles("large");
        await DeliveredAsync("offered");
        Assert.Equal("offered", (await B.Control.GetHistoryAsync(null, 1, default)).Single().State);
        Assert.Empty(B.BlobFiles);
        Assert.False(Directory.Exists(B.Copied));

        var there = Assert.Single(await PastedAsync());
        Assert.Equal(large, File.ReadAllBytes(there));
        await DeliveredAsync("applied");
        Assert.Equal("complete", (await B.Control.GetHistoryAsync(null, 1, default)).Single().State);
        var trace = (await B.Control.GetTraceAsync(1, default)).Single();
        Assert.Equal(
            ["to toss paste, as files", "to toss paste: 1 paths"],
            trace.Stages.Where(stage => stage.Name == "Paste").Select(stage => stage.Note)
        );
        // They stand there once, and one may ask for them again.
        Assert.Equal([there], await PastedAsync());
        Assert.Single(await A.Control.GetHistoryAsync(null, 10, default));

        // Something else is copied, and the files once more out of history.
        A.Clipboard.Copy(new ClipContent([TestContent.Text("something else")], Sensitivity.Normal));
        await TestPairing.Until(
            async () => await B.Control.PasteAsync(MediaTypes.LocalFiles, null, default) is null,
            "something else on the clipboard"
        );
        var entry = (await B.Control.GetHistoryAsync(null, 2, default))[1];
        Assert.Equal(
            "offered",
            (await B.Control.CopyAgainAsync(new CopyAgainRequest(entry.Id, Plain: false), default)).Reason
        );
        Assert.Equal([there], await PastedAsync());
    }

    [Fact]
    public async Task Files_that_have_no_place_here_are_refused_with_the_reason_and_come_when_there_is_one()
    {
        await PairAsync();
        File.WriteAllBytes(_from["large"], TestContent.Noise(9 * 1024 * 1024));
        CopyFiles("large");
        await DeliveredAsync("offered");
        File.WriteAllText(B.Copied, "in the way");
        var failure = await Assert.ThrowsAsync<ControlException>(() =>
            B.Control.PasteAsync(MediaTypes.LocalFiles, null, default)
        );
        Assert.Contains("Cannot keep copied files", failure.Message, StringComparison.Ordinal);
        File.Delete(B.Copied);
        Assert.Single(await PastedAsync());
        // What a kill left of putting it there is no part of it.
        var folder = Assert.Single(Directory.GetDirectories(B.Copied));
        Directory.CreateDirectory(Path.Combine(folder, $".toss-ended-{Path.GetFileName(folder)}"));
        Assert.Equal("large", Path.GetFileName(Assert.Single(await PastedAsync())));
    }

    /// <summary>Who copies something else meanwhile does not wait for gigabytes that nobody will paste; a set of moments is kept.</summary>
    [Fact]
    public async Task What_takes_long_to_seal_gives_way_to_the_next_copy()
    {
        await PairAsync();
        var hold = new TaskCompletionSource();
        A.HoldChunks(hold.Task);
        using (var file = File.Create(_from["huge"]))
        {
            file.SetLength(Limits.CopiedContent + 1);
        }
        CopyFiles("huge");
        A.Copy("the next");
        await TestPairing.Until(
            async () => await B.Control.GetHistoryAsync(null, 9, default) is [{ Preview: "the next" }],
            "the next copy"
        );

        File.WriteAllText(_from["small"], "1");
        CopyFiles("small");
        A.Copy("and the next");
        hold.SetResult();
        await TestPairing.Until(
            async () =>
                await B.Control.GetHistoryAsync(null, 9, default)
                    is [{ Preview: "and the next" }, { Preview: "small" }, { Preview: "the next" }],
            "both"
        );
        Assert.Null(
            (await A.Control.GetStatusAsync(default)).Warnings.FirstOrDefault(one => one.Code == "copy-not-recorded")
        );
    }

    [Fact]
    public async Task Much_more_than_a_copy_may_be_is_not_shared()
    {
        await PairAsync();
        await A.Control.SetConfigAsync("max-size", "1", default);
        using (var file = File.Create(_from["huge"]))
        {
            file.SetLength((1024 * 1024) + 1);
        }
        CopyFiles("huge");
        await TestPairing.Until(
            async () =>
                (await A.Control.GetStatusAsync(default)).Warnings.Any(warning =>
                    warning.Message.Contains("toss send", StringComparison.Ordinal)
                ),
            "the warning"
        );
        CopyFiles("gone");
        await TestPairing.Until(
            async () =>
                (await A.Control.GetStatusAsync(default)).Warnings.Any(warning =>
                    warning.Message.Contains("There is no file", StringComparison.Ordinal)
                ),
            "the other warning"
        );
        Assert.Empty(await A.Control.GetHistoryAsync(null, 10, default));
    }

    private Task DeliveredAsync(string state) =>
        TestPairing.Until(
            async () =>
                (await A.Control.GetHistoryAsync(null, 1, default)) is [{ Deliveries: [var only] }]
                && only.State == state,
            $"A to hear that it is {state}"
        );

    private void CopyFiles(params string[] names) =>
        A.Clipboard.Copy(
            new ClipContent(
                [new ContentRepresentation(MediaTypes.LocalFiles, LocalFiles.Write(names.Select(name => _from[name])))],
                Sensitivity.Normal
            )
        );

    private async Task<IReadOnlyList<string>> PastedAsync()
    {
        IReadOnlyList<string> paths = [];
        await TestPairing.Until(
            async () =>
            {
                if (await B.Control.PasteAsync(MediaTypes.LocalFiles, null, default) is not { } pasted)
                {
                    return false;
                }
                var content = new MemoryStream();
                await pasted.Content.CopyToAsync(content);
                paths = LocalFiles.Read(content.ToArray());
                return true;
            },
            "files on the other clipboard"
        );
        return paths;
    }
}
