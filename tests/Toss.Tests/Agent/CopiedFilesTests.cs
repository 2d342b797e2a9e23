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
    public async Task More_than_goes_at_once_stays_in_history_and_much_more_is_not_shared()
    {
        await PairAsync();
        File.WriteAllBytes(_from["large"], TestContent.Noise(9 * 1024 * 1024));
        CopyFiles("large");
        await TestPairing.Until(
            async () => (await B.Control.GetHistoryAsync(null, 1, default)) is [{ State: "complete" }],
            "the files to be in history"
        );
        await TestPairing.Until(
            async () =>
                (await A.Control.GetHistoryAsync(null, 1, default)).Single().Deliveries.Single().State == "kept",
            "the receipt"
        );
        Assert.Null(await B.Control.PasteAsync(MediaTypes.LocalFiles, null, default));

        using (var file = File.Create(_from["huge"]))
        {
            file.SetLength(Limits.CopiedContent + 1);
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
        Assert.Single(await A.Control.GetHistoryAsync(null, 10, default));
    }

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
