using System.Text;
using Toss.Cli;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Cli;

/// <summary>`toss export` and `toss import`.</summary>
public sealed class BackupCommandTests : IDisposable
{
    private const string Good = "some words of mine";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("toss-backup-");

    private string Target => Path.Combine(_folder.FullName, "history.toss");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Export_asks_twice_writes_for_the_owner_alone_and_says_what_is_left_out()
    {
        using var bench = new CommandBench { Terminal = true, Input = $"{Good}\n{Good}\n" };
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("export", Target));
        Assert.Equal("a backup", await File.ReadAllTextAsync(Target));
        Assert.Equal(["storage", $"export with {Good}", "exported"], bench.Control.Calls);
        Assert.DoesNotContain(Good, bench.Out + bench.Error, StringComparison.Ordinal);
        Assert.Contains("12 copies, 2.9 MiB", bench.Out, StringComparison.Ordinal);
        Assert.Contains("1 copy: content is not on this device", bench.Out, StringComparison.Ordinal);
        Assert.Contains("2 copies: a circle locked them", bench.Out, StringComparison.Ordinal);
        Assert.Single(_folder.GetFiles());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Target));
        }
    }

    [Fact]
    public async Task Two_passphrases_that_differ_and_a_short_one_write_nothing()
    {
        using var typo = new CommandBench { Terminal = true, Input = $"{Good}\n{Good}s\n" };
        Assert.Equal(ExitCodes.Refused, await typo.RunAsync("export", Target));
        Assert.Contains("two passphrases", typo.Error, StringComparison.Ordinal);
        using var weak = new CommandBench { Terminal = true, Input = "too short\n" };
        Assert.Equal(ExitCodes.Refused, await weak.RunAsync("export", Target));
        Assert.Contains("at least 10 characters", weak.Error, StringComparison.Ordinal);
        Assert.Empty(typo.Control.Calls.Concat(weak.Control.Calls));
        Assert.Empty(_folder.GetFiles());
    }

    [Fact]
    public async Task What_is_there_is_not_written_over_without_force()
    {
        await File.WriteAllTextAsync(Target, "mine");
        using var bench = new CommandBench { Input = Good };
        Assert.Equal(ExitCodes.Usage, await bench.RunAsync("export", Target));
        Assert.Equal("mine", await File.ReadAllTextAsync(Target));
        Assert.Empty(bench.Control.Calls);
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("export", Target, "--force"));
        Assert.Equal("a backup", await File.ReadAllTextAsync(Target));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task What_cannot_be_written_or_read_is_said_before_a_passphrase_is_asked_for()
    {
        foreach (
            var arguments in new string[][]
            {
                ["export", _folder.FullName],
                ["export", _folder.FullName, "--force"],
                ["export", Path.Combine(_folder.FullName, "none", "history.toss")],
                ["import", _folder.FullName],
            }
        )
        {
            using var bench = new CommandBench { Terminal = true, Input = $"{Good}\n{Good}\n" };
            Assert.Equal(ExitCodes.Usage, await bench.RunAsync(arguments));
            Assert.Contains("folder", bench.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("passphrase", bench.Error, StringComparison.Ordinal);
            Assert.Empty(bench.Control.Calls);
        }
        Assert.Empty(_folder.GetFileSystemInfos());
    }

    /// <summary>Editors on Windows put a mark before what they save, which nobody types.</summary>
    [Fact]
    public async Task A_mark_before_the_passphrase_in_a_file_is_none_of_it_and_what_is_not_utf8_is_refused()
    {
        var words = Path.Combine(_folder.FullName, "words");
        await File.WriteAllBytesAsync(words, [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes($"{Good}\r\n")]);
        using var bench = new CommandBench();
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("export", Target, "--passphrase-file", words));
        Assert.Contains($"export with {Good}", bench.Control.Calls);

        foreach (var marked in new[] { true, false })
        {
            var utf16 = Encoding.Unicode.GetBytes(Good);
            await File.WriteAllBytesAsync(words, marked ? [.. Encoding.Unicode.Preamble, .. utf16] : utf16);
            using var other = new CommandBench();
            Assert.Equal(
                ExitCodes.Usage,
                await other.RunAsync("export", Target, "--force", "--passphrase-file", words)
            );
            Assert.Contains("not UTF-8", other.Error, StringComparison.Ordinal);
            Assert.Empty(other.Control.Calls);
        }
        // A pipe may have one as well.
        using var piped = new CommandBench { Input = $"\uFEFF{Good}\n" };
        Assert.Equal(ExitCodes.Done, await piped.RunAsync("export", Target, "--force"));
        Assert.Contains($"export with {Good}", piped.Control.Calls);
    }

    [Fact]
    public async Task An_export_that_breaks_leaves_nothing_and_what_was_there()
    {
        await File.WriteAllTextAsync(Target, "mine");
        using var bench = new CommandBench { Input = Good };
        bench.Control.BackupBreaks = new IOException("the connection broke");
        Assert.Equal(ExitCodes.Failed, await bench.RunAsync("export", Target, "--force"));
        Assert.Equal("mine", await File.ReadAllTextAsync(Target));
        Assert.Single(_folder.GetFiles());

        bench.Control.BackupBreaks = null;
        bench.Control.Exported = new ExportReport(false, 3, 3);
        Assert.Equal(ExitCodes.Failed, await bench.RunAsync("export", Target, "--force"));
        Assert.Equal("mine", await File.ReadAllTextAsync(Target));
        Assert.Single(_folder.GetFiles());
    }

    [Fact]
    public async Task Import_gives_the_file_and_says_what_became_of_it()
    {
        await File.WriteAllTextAsync(Target, "exported before");
        var words = Path.Combine(_folder.FullName, "words");
        await File.WriteAllTextAsync(words, $"{Good}\nnot this\n");
        using var bench = new CommandBench { Terminal = true, ErrorTerminal = true };
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("import", Target, "--passphrase-file", words, "--settings"));
        Assert.Equal([$"import with {Good} settings=True"], bench.Control.Calls);
        Assert.Equal("exported before", Encoding.UTF8.GetString(bench.Control.ImportedBackup!));
        Assert.Contains("7 copies new in history", bench.Out, StringComparison.Ordinal);
        Assert.Contains("5 copies in it without their content, which is back", bench.Out, StringComparison.Ordinal);
        Assert.Contains("1 copy left out, since they were deleted here", bench.Out, StringComparison.Ordinal);
        Assert.Contains("Importing: ", bench.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scripts_get_json_and_exit_codes()
    {
        await File.WriteAllTextAsync(Target, "exported before");
        using var bench = new CommandBench { Input = $"{Good}\n" };
        Assert.Equal(ExitCodes.Done, await bench.RunAsync("import", Target, "--json"));
        Assert.Contains("\"notKept\":2", bench.Out, StringComparison.Ordinal);
        bench.Control.Fail = new ControlException(ControlErrors.WrongPassphrase, "wrong");
        Assert.Equal(ExitCodes.Refused, await bench.RunAsync("import", Target, "--json"));
        Assert.Equal(ExitCodes.Usage, await bench.RunAsync("import", Path.Combine(_folder.FullName, "none")));
        Assert.Equal(
            ExitCodes.Usage,
            await bench.RunAsync("import", Target, "--passphrase-file", Path.Combine(_folder.FullName, "none"))
        );
    }
}
