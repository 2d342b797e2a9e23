using System.Text;
using Toss.Core.Files;
using Toss.Testing.Platform;
using Toss.Testing.Platform.Wayland;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>Files that a file manager puts on an X11 clipboard and one on a Wayland clipboard reads, and back.</summary>
public sealed class CopiedFilesTests
{
    private const string UriList = "text/uri-list";
    private const string Gnome = "x-special/gnome-copied-files";

    [Fact]
    public async Task Files_copied_on_X11_are_files_on_Wayland_and_back()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a b"]);
        File.WriteAllText(folder["a b/ü.txt"], "one");
        File.WriteAllText(folder["two"], "two");
        await using var left = await XvfbServer.StartAsync();
        await using var here = new X11Programs(left.Display);
        await using var right = await SwayDesktop.StartAsync();
        await using var there = new WaylandPrograms(right.RuntimeFolder, right.Display);
        await using var two = await TwoPrograms.PairedAsync(left.Display, waylandDisplayB: right.Socket);

        var list = $"{LocalFiles.AddressOf(folder["a b"])}\r\n{LocalFiles.AddressOf(folder["two"])}\r\n";
        await here.XclipCopyAsync(Encoding.UTF8.GetBytes(list), UriList);
        await HoldsFilesAsync(two.B, 2);
        var pasted = Read(await there.PasteAsync(UriList));
        Assert.Equal(["a b", "two"], pasted.Select(path => Path.GetFileName(path)));
        Assert.Equal("one", File.ReadAllText(Path.Combine(pasted[0], "ü.txt")));
        Assert.Equal("two", File.ReadAllText(pasted[1]));
        Assert.All(pasted, path => Assert.StartsWith(two.B.Folders.Data, path, StringComparison.Ordinal));
        Assert.Equal(pasted, Read(await there.PasteAsync(Gnome)));
        Assert.StartsWith("copy\n", Encoding.UTF8.GetString(await there.PasteAsync(Gnome)), StringComparison.Ordinal);

        File.WriteAllText(folder["three"], "three");
        await there.CopyAsync(Encoding.UTF8.GetBytes($"cut\n{LocalFiles.AddressOf(folder["three"])}"), Gnome);
        await HoldsFilesAsync(two.A, 1);
        var back = Read(await here.XclipPasteAsync(UriList));
        Assert.Equal("three", File.ReadAllText(Assert.Single(back)));
        // Nothing of it is moved away, and nothing came back as a copy.
        Assert.True(File.Exists(folder["three"]));
        Assert.Equal(2, (await two.A.JsonAsync("history")).GetArrayLength());
        Assert.Equal(2, (await two.B.JsonAsync("history")).GetArrayLength());
    }

    private static Task HoldsFilesAsync(TossProgram program, int files) =>
        Eventually.HoldsAsync(
            $"{files} files to be on the clipboard of {program.Name}",
            async () =>
                await program.RunAsync("paste", "--type", "application/x-toss-local-files") is { ExitCode: 0 } pasted
                && LocalFiles.Read(pasted.Bytes).Count == files,
            program.StateAsync
        );

    private static IReadOnlyList<string> Read(byte[] list)
    {
        Assert.True(LocalFiles.TryReadAddresses(list, out var paths), Encoding.UTF8.GetString(list));
        return paths;
    }
}
