using System.Text;
using Toss.Core.Files;
using Toss.Testing.Platform;
using Toss.Testing.Programs;
using Toss.Testing.Wine;
using Toss.Tests.Windows;
using Xunit;

namespace Toss.Tests.Real.Wine;

/// <summary>Files that a file manager copies on Linux and one pastes on Windows, and back.</summary>
[Collection(nameof(WineCollection))]
[Trait("Tier", "wine")]
public sealed class WindowsFilesTests(WineFixture wine)
{
    private const string UriList = "text/uri-list";

    [Fact]
    public async Task Files_copied_on_Linux_are_files_of_Windows_by_names_that_it_bears_and_back()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a b"]);
        string[] names = ["ü.txt", "CON", "con.txt", "a:b?", "dots...", "Case", "case"];
        foreach (var name in names)
        {
            File.WriteAllText(folder[$"a b/{name}"], name);
        }
        File.WriteAllText(folder["two"], "two");
        await using var server = await XvfbServer.StartAsync();
        await using var there = new X11Programs(server.Display);
        await using var linux = await TossProgram.StartAsync("penguin", null, server.Display, usesLinks: true);
        await using var here = await WinPeerProgram.StartAsync(wine.Prefix.Command(WindowsPrograms.Peer));
        await here.EmptyAsync();
        await using var windows = new WineToss(wine.Prefix, "files");
        await windows.UpAsync();
        await WindowsPairTests.PairAsync(linux, windows);

        var list = $"{LocalFiles.AddressOf(folder["a b"])}\r\n{LocalFiles.AddressOf(folder["two"])}\r\n";
        await there.XclipCopyAsync(Encoding.UTF8.GetBytes(list), UriList);
        IReadOnlyList<string> pasted = [];
        await Eventually.HoldsAsync(
            "two files on the clipboard of Windows",
            async () => (pasted = await here.FilesAsync()).Count == 2,
            () => Task.FromResult(windows.Log())
        );
        Assert.Equal(["a b", "two"], pasted.Select(path => path.Split('\\')[^1]));
        Assert.Equal("two", File.ReadAllText(OfLinux(pasted[1])));
        var received = Directory
            .GetFiles(OfLinux(pasted[0]))
            .ToDictionary(path => Path.GetFileName(path), File.ReadAllText);
        Assert.Equal(names.Order(), received.Values.Order());
        Assert.Equal("ü.txt", received["ü.txt"]);
        Assert.Equal("CON", received["_CON"]);
        Assert.Equal("con.txt", received["_con.txt"]);
        Assert.Equal("a:b?", received["a_b_"]);
        Assert.Equal("dots...", received["dots"]);
        Assert.Equal(
            2,
            received.Keys.Count(name =>
                name.StartsWith("case", StringComparison.OrdinalIgnoreCase) && !name.Contains('.')
            )
        );
        Assert.Equal(received.Count, received.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal([1, 0, 0, 0], (await here.ReadAsync()).Single(one => one.Format == "Preferred DropEffect").Bytes);

        File.WriteAllText(folder["three"], "three");
        await here.CopyAsync(
            ("15", ForeignFormats.Drop(WinePrefix.PathOf(folder["three"]))),
            ("Preferred DropEffect", [2, 0, 0, 0])
        );
        IReadOnlyList<string> back = [];
        await Eventually.HoldsAsync(
            "a file on the clipboard of Linux",
            async () =>
                (await there.TargetsAsync()).Contains(UriList)
                && LocalFiles.TryReadAddresses(await there.XclipPasteAsync(UriList), out back)
                && back.Count == 1
                && File.ReadAllText(back[0]) == "three",
            linux.StateAsync
        );
        Assert.StartsWith(linux.Folders.Data, back[0], StringComparison.Ordinal);
        // Nothing of it is moved away, and nothing came back as a copy.
        Assert.True(File.Exists(folder["three"]));
        Assert.Equal(2, (await linux.JsonAsync("history")).GetArrayLength());
        Assert.Equal(2, (await windows.JsonAsync("history")).GetArrayLength());
    }

    /// <summary>Wine shows the disk of Linux as Z:.</summary>
    private static string OfLinux(string path)
    {
        Assert.StartsWith("Z:", path, StringComparison.Ordinal);
        return path[2..].Replace('\\', '/');
    }
}
