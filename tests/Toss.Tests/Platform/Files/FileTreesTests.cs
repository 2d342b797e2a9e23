using System.Buffers;
using System.Diagnostics;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Platform.Files;
using Toss.Testing.Platform;
using Toss.Tests.Core.Files;
using Xunit;

namespace Toss.Tests.Platform.Files;

/// <summary>Real files and folders, read as a set and written from one.</summary>
public sealed class FileTreesTests : IDisposable
{
    private static readonly DateTime s_time = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);

    private readonly TemporaryFolder _folder = new();
    private readonly FileTrees _trees = new();

    private string From => _folder["from"];

    private string To => _folder["to"];

    public FileTreesTests() => Directory.CreateDirectory(From);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_tree_arrives_as_it_was()
    {
        var top = Directory.CreateDirectory(Path.Combine(From, "top")).FullName;
        Directory.CreateDirectory(Path.Combine(top, "empty"));
        Directory.CreateDirectory(Path.Combine(top, "a", "b"));
        Write("top/a/b/text.txt", "hello");
        Write("top/.hidden", "");
        Write("top/run.sh", "#!/bin/sh");
        File.SetUnixFileMode(
            Path.Combine(top, "run.sh"),
            UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.SetUser | UnixFileMode.StickyBit
        );
        Write("top/README", "1");
        Write("top/readme", "2");
        using (var sparse = File.Create(Path.Combine(top, "disk.img")))
        {
            sparse.Position = 10 * 1024 * 1024;
            sparse.Write("middle"u8);
            sparse.SetLength(100L * 1024 * 1024);
        }
        foreach (var path in Directory.EnumerateFileSystemEntries(top, "*", SearchOption.AllDirectories).Append(top))
        {
            File.SetLastWriteTimeUtc(path, s_time);
        }

        var tree = await _trees.OpenAsync([top], default);
        Assert.Equal((6, 4), (tree.Files, tree.Folders));
        Assert.Equal(["top"], tree.Names);
        var bytes = await ReadAsync(tree);
        Assert.InRange(bytes.Length, 1, 64 * 1024);
        Assert.Equal(tree.Size, tree.Done);
        Assert.Empty(tree.Skipped);
        Assert.Empty(tree.Changed);
        Assert.Equal([Path.Combine(To, "top")], await PlaceAsync(bytes));

        var into = Path.Combine(To, "top");
        Assert.Equal(Describe(top), Describe(into));
        Assert.Equal("middle"u8.ToArray(), File.ReadAllBytes(Path.Combine(into, "disk.img"))[10485760..10485766]);
        Assert.InRange(await StoredAsync(Path.Combine(into, "disk.img")), 0, 1024 * 1024);
        // Executable as this user's umask has it, and nothing else of its mode.
        var mode = File.GetUnixFileMode(Path.Combine(into, "run.sh"));
        Assert.True(mode.HasFlag(UnixFileMode.UserExecute | UnixFileMode.UserWrite));
        Assert.False(mode.HasFlag(UnixFileMode.SetUser));
        Assert.False(mode.HasFlag(UnixFileMode.StickyBit));
        Assert.False(File.GetUnixFileMode(Path.Combine(into, "README")).HasFlag(UnixFileMode.UserExecute));
    }

    [Fact]
    public async Task Links_and_what_is_no_file_are_left_out_and_said()
    {
        Write("file", "1");
        Directory.CreateDirectory(Path.Combine(From, "folder"));
        Write("folder/inside", "2");
        File.CreateSymbolicLink(Path.Combine(From, "folder", "link"), "/etc/passwd");
        Directory.CreateSymbolicLink(Path.Combine(From, "folder", "up"), "..");
        File.CreateSymbolicLink(Path.Combine(From, "folder", "dangling"), "nowhere");
        Run("mkfifo", Path.Combine(From, "folder", "pipe"));
        Write("folder/closed", "3");
        var tree = await _trees.OpenAsync([Path.Combine(From, "file"), Path.Combine(From, "folder")], default);
        File.Delete(Path.Combine(From, "folder", "closed"));
        await PlaceAsync(await ReadAsync(tree));
        Assert.Equal(
            [
                "folder/closed: gone or unreadable",
                "folder/dangling: a link",
                "folder/link: a link",
                "folder/pipe: a device or a socket",
                "folder/up: a link",
            ],
            tree.Skipped.Select(one => $"{one.Path}: {one.Why}").Order(StringComparer.Ordinal)
        );
        Assert.Equal(["file", "folder", "folder/inside"], Describe(To, onlyNames: true));
    }

    [Fact]
    public async Task Nothing_but_a_link_or_nothing_at_all_is_said_at_once()
    {
        File.CreateSymbolicLink(Path.Combine(From, "link"), "/etc/passwd");
        var failure = await Assert.ThrowsAsync<FileTreeException>(async () =>
            await _trees.OpenAsync([Path.Combine(From, "link")], default)
        );
        Assert.Equal("There is nothing to send: link is left out, it is a link.", failure.Message);
        failure = await Assert.ThrowsAsync<FileTreeException>(async () =>
            await _trees.OpenAsync([Path.Combine(From, "none")], default)
        );
        Assert.Equal(FileTreeFailure.Missing, failure.Failure);
        failure = await Assert.ThrowsAsync<FileTreeException>(async () => await _trees.OpenAsync(["/"], default));
        Assert.Equal(FileTreeFailure.TooMuch, failure.Failure);
    }

    [Theory]
    [InlineData("grow", "grew while it was read")]
    [InlineData("cut", "became shorter while it was read")]
    [InlineData("write", "was written to while it was read")]
    [InlineData("replace", "was replaced while it was read")]
    public async Task What_changes_while_it_is_read_is_said(string how, string said)
    {
        var path = Path.Combine(From, "log");
        File.WriteAllBytes(path, new byte[1024 * 1024]);
        File.SetLastWriteTimeUtc(path, s_time);
        var tree = await _trees.OpenAsync([path], default);
        var bytes = new MemoryStream();
        var first = new byte[300 * 1024];
        bytes.Write(first, 0, await tree.Content.ReadAsync(first, default));
        switch (how)
        {
            case "grow":
                File.AppendAllText(path, "more");
                break;
            case "cut":
                File.WriteAllText(path, "");
                break;
            case "write":
                using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
                {
                    file.Position = 1024 * 1024 - 1;
                    file.WriteByte(1);
                }
                break;
            default:
                File.Move(path, path + ".old");
                File.WriteAllText(path, "another");
                break;
        }
        await tree.Content.CopyToAsync(bytes);
        Assert.Equal($"log: {said}", Assert.Single(tree.Changed.Select(one => $"{one.Path}: {one.Why}")));

        // What was read is there, and is a whole set.
        await PlaceAsync(bytes.ToArray());
        var length = new FileInfo(Path.Combine(To, "log")).Length;
        Assert.True(how == "cut" ? length is > 0 and < 1024 * 1024 : length == 1024 * 1024, $"{length} bytes");
    }

    [Fact]
    public async Task What_is_there_is_never_written_over()
    {
        Write("photo.jpg", "new");
        Directory.CreateDirectory(Path.Combine(From, "folder"));
        Write("folder/x", "new");
        Directory.CreateDirectory(Path.Combine(To, "folder"));
        File.WriteAllText(Path.Combine(To, "photo.jpg"), "old");
        File.WriteAllText(Path.Combine(To, "folder", "x"), "old");
        File.CreateSymbolicLink(Path.Combine(To, "photo (2).jpg"), "/nowhere");
        string[] paths = [Path.Combine(From, "photo.jpg"), Path.Combine(From, "folder")];
        Assert.Equal(
            [Path.Combine(To, "folder (2)"), Path.Combine(To, "photo (3).jpg")],
            await PlaceAsync(await ReadAsync(await _trees.OpenAsync(paths, default)))
        );
        Assert.Equal("old", File.ReadAllText(Path.Combine(To, "photo.jpg")));
        Assert.Equal("old", File.ReadAllText(Path.Combine(To, "folder", "x")));
        Assert.Equal("new", File.ReadAllText(Path.Combine(To, "folder (2)", "x")));
        Assert.False(File.Exists("/nowhere"));
    }

    [Fact]
    public async Task Two_of_one_name_from_two_folders_are_two()
    {
        foreach (var folder in new[] { "1", "2" })
        {
            Directory.CreateDirectory(Path.Combine(From, folder, "same"));
            Write($"{folder}/same/{folder}", folder);
        }
        string[] paths = [Path.Combine(From, "1", "same"), Path.Combine(From, "2", "same")];
        await PlaceAsync(await ReadAsync(await _trees.OpenAsync(paths, default)));
        Assert.Equal(["same", "same (2)", "same (2)/2", "same/1"], Describe(To, onlyNames: true));
    }

    /// <summary>Whatever a set names, it stands below the folder.</summary>
    [Fact]
    public async Task Hostile_names_lead_nowhere_else()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FileSetWriter();
        FileSetWriter.Begin(output);
        string[][] folders =
        [
            [".."],
            ["..", ".."],
            ["/etc"],
            [".toss-receiving-1"],
        ];
        foreach (var folder in folders)
        {
            writer.Add(new FileEntry(folder, FileKind.Folder, s_time, 0), output);
        }
        string[][] files =
        [
            ["..", "..", "passwd"],
            ["/etc", "passwd"],
            ["../../x"],
            ["CON"],
            ["a\0b\n"],
            ["C:\\x"],
            ["..", "\u202Egpj.exe"],
        ];
        foreach (var file in files)
        {
            writer.Add(new FileEntry(file, FileKind.File, s_time, 0), output);
            writer.EndFile(false, output);
        }
        writer.End(output);
        await PlaceAsync(output.WrittenSpan.ToArray());
        Assert.Equal(
            [
                ".._.._x",
                "C:_x",
                "_",
                "_.toss-receiving-1",
                "_/_",
                "_/_/passwd",
                "_/gpj.exe",
                "_CON",
                "_etc",
                "_etc/passwd",
                "a_b_",
            ],
            Describe(To, onlyNames: true)
        );
        Assert.Equal(["from", "to"], Describe(_folder.Path, onlyNames: true).Where(name => !name.Contains('/')));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    [InlineData(-1)]
    [InlineData(-14)]
    public async Task A_set_that_is_not_whole_leaves_nothing(int cut)
    {
        var (bytes, _) = FileSetTests.Sample();
        await using (var arrival = await _trees.ReceiveAsync(To, "1", default))
        {
            Assert.True(await arrival.WriteAsync(bytes[..(cut < 0 ? bytes.Length + cut : cut)], default));
            Assert.False(await arrival.PlaceAsync(default));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(To));
        await using (var arrival = await _trees.ReceiveAsync(To, "1", default))
        {
            Assert.False(await arrival.WriteAsync(new byte[30], default));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(To));
    }

    /// <summary>As if the process had been killed after each step.</summary>
    [Fact]
    public async Task What_a_killed_process_left_is_gone_on_with_or_removed()
    {
        Write("a", "1");
        Write("b", "2");
        string[] paths = [Path.Combine(From, "a"), Path.Combine(From, "b")];
        var bytes = await ReadAsync(await _trees.OpenAsync(paths, default));

        // While it was written: gone at the next start.
        _ = await (await _trees.ReceiveAsync(To, "1", default)).WriteAsync(bytes.AsMemory(0, 100), default);
        Assert.Single(Directory.EnumerateFileSystemEntries(To));
        await _trees.SweepAsync(To, static _ => true, default);
        Assert.Empty(Directory.EnumerateFileSystemEntries(To));

        // After it was placed, before anybody remembered that: placed once.
        var placed = await _trees.ReceiveAsync(To, "2", default);
        Assert.True(await placed.WriteAsync(bytes, default));
        Assert.True(await placed.PlaceAsync(default));
        await _trees.SweepAsync(To, static _ => true, default);
        await using (var again = await _trees.ReceiveAsync(To, "2", default))
        {
            Assert.True(again.IsWhole);
            Assert.True(await again.PlaceAsync(default));
            Assert.Equal([Path.Combine(To, "a"), Path.Combine(To, "b")], again.Placed);
            await again.FinishAsync(default);
        }
        Assert.Equal(["a", "b"], Describe(To, onlyNames: true));

        // Whole, but of a clip that is gone.
        var forgotten = await _trees.ReceiveAsync(To, "3", default);
        Assert.True(await forgotten.WriteAsync(bytes, default));
        Assert.True(await forgotten.PlaceAsync(default));
        await _trees.SweepAsync(To, static _ => false, default);
        Assert.Equal(["a", "a (2)", "b", "b (2)"], Describe(To, onlyNames: true));
    }

    [Fact]
    public async Task Ten_thousand_are_sent_and_one_more_is_refused()
    {
        var many = Path.Combine(From, "many");
        for (var folder = 0; folder < 99; folder++)
        {
            Directory.CreateDirectory(Path.Combine(many, $"{folder}"));
            for (var file = 0; file < 100; file++)
            {
                File.WriteAllText(Path.Combine(many, $"{folder}", $"{file}"), $"{folder} {file}");
            }
        }
        var watch = Stopwatch.StartNew();
        var tree = await _trees.OpenAsync([many], default);
        Assert.Equal(FileSetLimits.Entries, tree.Files + tree.Folders);
        await PlaceAsync(await ReadAsync(tree));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{FileSetLimits.Entries} entries in {watch.ElapsedMilliseconds} ms"
        );
        Assert.Equal(Describe(many), Describe(Path.Combine(To, "many")));

        Write("many/more", "");
        var failure = await Assert.ThrowsAsync<FileTreeException>(async () => await _trees.OpenAsync([many], default));
        Assert.Equal(FileTreeFailure.TooMuch, failure.Failure);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_named()
    {
        Write("file", "");
        var failure = await Assert.ThrowsAsync<FileTreeException>(async () =>
            await _trees.ReceiveAsync(Path.Combine(From, "file"), "1", default)
        );
        Assert.StartsWith($"Cannot write in {Path.Combine(From, "file")}: ", failure.Message, StringComparison.Ordinal);
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(From, name), text);

    private static async Task<byte[]> ReadAsync(IFileTree tree)
    {
        var bytes = new MemoryStream();
        await tree.Content.CopyToAsync(bytes);
        return bytes.ToArray();
    }

    private async Task<IReadOnlyList<string>> PlaceAsync(byte[] bytes)
    {
        await using var arrival = await _trees.ReceiveAsync(To, "1", default);
        foreach (var piece in bytes.Chunk(100_000))
        {
            Assert.True(await arrival.WriteAsync(piece, default));
        }
        Assert.True(await arrival.PlaceAsync(default));
        await arrival.FinishAsync(default);
        return arrival.Placed;
    }

    private static IEnumerable<string> Describe(string folder, bool onlyNames = false) =>
        Directory
            .EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories)
            .Select(path =>
                Path.GetRelativePath(folder, path)
                + (
                    onlyNames ? ""
                    : Directory.Exists(path) ? $"/ {File.GetLastWriteTimeUtc(path):O}"
                    : $" {File.GetLastWriteTimeUtc(path):O} {new FileInfo(path).Length} {(path.EndsWith(".img", StringComparison.Ordinal) ? "" : File.ReadAllText(path))}"
                )
            )
            .Order(StringComparer.Ordinal);

    private static async Task<long> StoredAsync(string path)
    {
        using var du = Process.Start(new ProcessStartInfo("du", ["-B1", path]) { RedirectStandardOutput = true })!;
        var said = await du.StandardOutput.ReadToEndAsync();
        return long.Parse(said.Split('\t')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static void Run(string program, string argument)
    {
        using var process = Process.Start(program, [argument]);
        process.WaitForExit();
    }
}
