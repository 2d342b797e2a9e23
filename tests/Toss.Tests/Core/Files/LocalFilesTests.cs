using System.Text;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Platform.Clipboards;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Core.Files;

/// <summary>What file managers put on the clipboard, and what they read.</summary>
public sealed class LocalFilesTests
{
    [Theory]
    [InlineData("file:///home/a/b.txt\r\n", "/home/a/b.txt")]
    [InlineData("# a comment\r\nfile:///a%20b/%C3%BC\r\nfile://localhost/c\r\n", "/a b/ü|/c")]
    [InlineData("copy\nfile:///a\nfile:///b", "/a|/b")]
    [InlineData("cut\nfile:///a\0", "/a")]
    [InlineData("FILE:///a", "/a")]
    [InlineData("https://example.org/\r\n", null)]
    [InlineData("file:///a\r\nhttps://example.org/\r\n", null)]
    [InlineData("file://server/share/a", null)]
    [InlineData("file:///a%00b", null)]
    [InlineData("file:///a%0Ab", null)]
    [InlineData("file:///%C3%28", "/%C3(")]
    [InlineData("copy", null)]
    [InlineData("", null)]
    public void Lists_of_addresses_are_files_or_nothing(string list, string? paths)
    {
        var isRead = LocalFiles.TryReadAddresses(Encoding.UTF8.GetBytes(list), out var read);
        Assert.Equal(paths, isRead ? string.Join('|', read) : null);
    }

    [Fact]
    public void No_more_are_read_than_make_sense() =>
        Assert.False(
            LocalFiles.TryReadAddresses(
                Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("file:///a\n", LocalFiles.Most + 1))),
                out _
            )
        );

    [Fact]
    public async Task What_is_announced_is_in_each_form_when_it_comes()
    {
        string[] paths = ["/home/a b/x", "/c"];
        var promise = new TestPromise(LocalFiles.Write(paths), knowsSize: false);
        var offered = TargetFormats.Offer(
            new ClipContent([new ContentRepresentation(MediaTypes.LocalFiles, promise)], Sensitivity.Normal),
            default
        );
        Assert.Empty(promise.Opened);
        Assert.Equal("copy\nfile:///home/a%20b/x\nfile:///c", await TextAsync("x-special/gnome-copied-files"));
        Assert.Equal("file:///home/a%20b/x\r\nfile:///c\r\n", await TextAsync("text/uri-list"));
        Assert.Equal("/home/a b/x\n/c", await TextAsync("UTF8_STRING"));
        promise.Fail();
        promise.ComesTo(3);
        await Assert.ThrowsAsync<IOException>(() => TextAsync("text/uri-list"));

        async Task<string> TextAsync(string target)
        {
            var served = offered.Single(one => one.Target == target).Content.Promise!;
            Assert.Null(served.Size);
            await using var content = served.Open(null);
            var buffer = new byte[1024];
            var (length, read) = (0, 0);
            while ((read = await content.ReadAsync(buffer.AsMemory(length, Math.Min(7, buffer.Length - length)))) > 0)
            {
                length += read;
                Assert.True(content.Length >= length);
            }
            Assert.Equal(content.Length, length);
            return Encoding.UTF8.GetString(buffer, 0, length);
        }
    }

    [Fact]
    public void What_is_offered_is_read_back()
    {
        string[] paths = ["/home/a b/ü#?%.txt", "/c"];
        var offered = TargetFormats.Offer(
            new ClipContent(
                [new ContentRepresentation(MediaTypes.LocalFiles, LocalFiles.Write(paths))],
                Sensitivity.Normal
            ),
            default
        );
        foreach (var target in new[] { "text/uri-list", "x-special/gnome-copied-files" })
        {
            var (_, _, served) = Assert.Single(offered, one => one.Target == target);
            Assert.True(LocalFiles.TryReadAddresses(served.Bytes.Span, out var read));
            Assert.Equal(paths, read);
        }
        Assert.DoesNotContain(offered, one => one.Target == MediaTypes.LocalFiles);
        Assert.Equal("copy\nfile:///home/a%20b/%C3%BC%23%3F%25.txt\nfile:///c", Text("x-special/gnome-copied-files"));
        Assert.Equal("file:///home/a%20b/%C3%BC%23%3F%25.txt\r\nfile:///c\r\n", Text("text/uri-list"));

        string Text(string target) =>
            Encoding.UTF8.GetString(offered.Single(one => one.Target == target).Content.Bytes.Span);
    }
}
