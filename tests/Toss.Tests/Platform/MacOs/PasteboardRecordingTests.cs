using System.Text;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Core.Ports;
using Toss.Testing.Platform.MacOs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

/// <summary>What programs of macOS copy, as it comes in.</summary>
public sealed class PasteboardRecordingTests
{
    [Fact]
    public async Task A_selection_of_Safari_comes_in_every_format_that_others_can_read()
    {
        var seen = await SeenAsync(PasteboardRecording.SafariSelection);
        Assert.Equal([MediaTypes.Rtf, MediaTypes.Html, MediaTypes.Text], Types(seen));
        Assert.Equal("<b>two</b> words", Text(seen, MediaTypes.Html));
        Assert.False(seen.Concealed);
        Assert.Null(seen.Source);
        Assert.Null(seen.Origin);
    }

    [Fact]
    public async Task A_link_comes_with_the_title_that_stood_beside_it()
    {
        var seen = await SeenAsync(PasteboardRecording.SafariLink);
        Assert.Equal([MediaTypes.Url, MediaTypes.Text], Types(seen));
        Assert.Equal("https://example.org/a?b=c\nEin Titel \u2013 \u4f60\u597d", Text(seen, MediaTypes.Url));
    }

    [Fact]
    public async Task A_selection_of_Chrome_comes_as_it_was_written()
    {
        var seen = await SeenAsync(PasteboardRecording.ChromeSelection);
        Assert.Equal([MediaTypes.Html, MediaTypes.Text], Types(seen));
        Assert.Equal("<meta charset='utf-8'><b>two</b> words \u2713", Text(seen, MediaTypes.Html));
    }

    [Fact]
    public async Task Of_a_picture_that_is_there_twice_the_PNG_is_read()
    {
        Assert.Equal([MediaTypes.Html, MediaTypes.Png], Types(await SeenAsync(PasteboardRecording.ChromePicture)));
        Assert.Equal([MediaTypes.Png], Types(await SeenAsync(PasteboardRecording.Screenshot)));
        Assert.Equal([MediaTypes.Tiff], Types(await SeenAsync(PasteboardRecording.PreviewSelection)));
    }

    [Fact]
    public async Task Rich_text_of_TextEdit_comes_with_its_text()
    {
        var seen = await SeenAsync(PasteboardRecording.TextEditRich);
        Assert.Equal([MediaTypes.Rtf, MediaTypes.Text], Types(seen));
        Assert.Equal("gr\u00fc\u00dfe", Text(seen, MediaTypes.Text));
    }

    [Fact]
    public async Task Text_that_is_there_in_UTF16_alone_becomes_UTF8() =>
        Assert.Equal("gr\u00fc\u00dfe", Text(await SeenAsync(PasteboardRecording.Utf16Only), MediaTypes.Text));

    [Fact]
    public async Task A_file_comes_with_its_name_and_without_its_icon()
    {
        string[] files = ["/Users/somebody/Report.pdf", "/Volumes/a b/gr\u00fc\u00dfe"];
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.CopyFiles(files, PasteboardRecording.FinderFile.Content);
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.LocalFiles, MediaTypes.Text], Types(seen));
        Assert.Equal(files, LocalFiles.Read(seen.Representations[0].Bytes.Span));
        Assert.Equal("Report.pdf", Text(seen, MediaTypes.Text));
        Assert.DoesNotContain("public.tiff", desktop.Pasteboard.Asked);
        await desktop.NothingWasReportedAsync();
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/")]
    [InlineData("/Users/somebody/two\rlines")]
    [InlineData(null)]
    public async Task What_is_no_path_is_no_file_and_neither_is_what_stands_beside_it(string? path)
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.CopyFiles(
            path is null ? [.. Enumerable.Range(0, LocalFiles.Most + 1).Select(i => $"/{i}")] : ["/Users/a", path],
            PasteboardRecording.FinderFile.Content
        );
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.Text], Types(seen));
        Assert.Equal(new OmittedFormat(MediaTypes.LocalFiles, OmittedReason.Unreadable), Assert.Single(seen.Omitted));
    }

    [Fact]
    public async Task Files_of_another_device_are_items_and_carry_our_mark()
    {
        string[] files = ["/Users/somebody/a b", "/Users/somebody/c"];
        await using var desktop = await MacDesktop.StartAsync();
        var content = new ClipContent([new(MediaTypes.LocalFiles, LocalFiles.Write(files))], Sensitivity.Normal);
        Assert.Equal(ApplyOutcome.Applied, await desktop.ApplyAsync(content));
        Assert.Equal(files, desktop.Pasteboard.Files(10));
        Assert.Equal(["toss.clip-origin", "public.file-url"], desktop.Pasteboard.Types(10));
        Assert.Equal(files, LocalFiles.Read((await desktop.ReadAsync())!.Representations.Single().Bytes.Span));
        await desktop.ClearAsync(MacDesktop.Origin);
        Assert.Empty(desktop.Pasteboard.Types(10));
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task What_password_managers_copy_is_a_secret()
    {
        var seen = await SeenAsync(PasteboardRecording.OnePassword);
        Assert.True(seen.Concealed);
        Assert.Equal("com.1password.1password", seen.Source);
        Assert.True((await SeenAsync(PasteboardRecording.ApplePasswords)).Concealed);
        // It takes it back itself, and is a secret before that.
        Assert.True((await SeenAsync(PasteboardRecording.PassingPassword)).Concealed);
    }

    [Fact]
    public async Task What_nobody_copied_is_no_copy_and_is_not_even_read()
    {
        await using var desktop = await MacDesktop.StartAsync();
        foreach (
            var nobodys in (PasteboardRecording[])
                [
                    PasteboardRecording.TextExpander,
                    PasteboardRecording.AutoGenerated,
                    PasteboardRecording.UniversalClipboard,
                ]
        )
        {
            desktop.Copy(nobodys);
            // So often that a copy would have been read.
            await desktop.LooksAsync(10);
        }
        Assert.Empty(desktop.Pasteboard.Asked);
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task What_comes_by_Universal_Clipboard_does_not_keep_out_what_comes_by_Toss()
    {
        // It looks so rarely that it sees both at once.
        await using var desktop = await MacDesktop.StartAsync(MacDesktop.Eager with { Poll = TimeSpan.FromHours(1) });
        await desktop.UntilAsync(() => desktop.Clipboard.Wakeups > 0);
        desktop.Copy(PasteboardRecording.UniversalClipboard);
        var content = new ClipContent([new(MediaTypes.Text, "ours"u8.ToArray())], Sensitivity.Normal);
        Assert.Equal(ApplyOutcome.Applied, await desktop.ApplyAsync(content));
    }

    [Fact]
    public async Task What_no_other_program_can_read_is_there_and_holds_nothing()
    {
        var seen = await SeenAsync(PasteboardRecording.OnlyOwnTypes);
        Assert.Empty(seen.Representations);
        Assert.Empty(seen.Omitted);
    }

    private static async Task<Snapshot> SeenAsync(PasteboardRecording recording)
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Copy(recording);
        var seen = await desktop.NextAsync();
        Assert.Empty(seen.Omitted);
        await desktop.NothingWasReportedAsync();
        return seen;
    }

    private static IEnumerable<string> Types(Snapshot snapshot) =>
        snapshot.Representations.Select(one => one.MediaType);

    private static string Text(Snapshot snapshot, string mediaType) =>
        Encoding.UTF8.GetString(snapshot.Representations.Single(one => one.MediaType == mediaType).Bytes.Span);
}
