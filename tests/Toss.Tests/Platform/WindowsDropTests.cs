using System.Text;
using Toss.Core.Clips;
using Toss.Core.Files;
using Toss.Platform.Clipboards.Windows;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>CF_HDROP, read and written without Windows.</summary>
public sealed class WindowsDropTests
{
    private static readonly string[] paths = [@"C:\a b.txt", "D:/gr\u00fc\u00dfe", @"\\server\share\x"];

    [Fact]
    public void What_is_written_is_read_and_lies_where_the_head_says()
    {
        var bytes = DropFormat.Write(paths);
        Assert.Equal([20, 0, 0, 0], bytes[..4]);
        Assert.Equal([1, 0, 0, 0], bytes[16..20]);
        Assert.Equal(
            "C:\\a b.txt\0D:/gr\u00fc\u00dfe\0\\\\server\\share\\x\0\0",
            Encoding.Unicode.GetString(bytes[20..])
        );
        Assert.True(DropFormat.TryRead(bytes, out var read));
        Assert.Equal(paths, read);
        // Memory of Windows may be longer than what was put in it, and a head too.
        Assert.True(DropFormat.TryRead([.. bytes, 7, 7, 7], out read));
        Assert.Equal(paths, read);
        Assert.True(DropFormat.TryRead([24, .. bytes[1..20], 9, 9, 9, 9, .. bytes[20..]], out read));
        Assert.Equal(paths, read);
    }

    [Fact]
    public void Old_programs_have_one_byte_for_a_letter()
    {
        Assert.True(DropFormat.TryRead([20, .. new byte[19], .. "C:\\old.txt\0C:\\older.txt\0\0"u8], out var read));
        Assert.Equal([@"C:\old.txt", @"C:\older.txt"], read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative.txt")]
    [InlineData(@"C:relative.txt")]
    [InlineData(@"C:\")]
    [InlineData(@"\rooted.txt")]
    [InlineData(@"\\?\C:\device")]
    [InlineData(@"\\.\PhysicalDrive0")]
    [InlineData("C:\\two\nlines")]
    [InlineData(@"C:\fine.txt|relative.txt")]
    public void What_is_no_whole_path_is_refused_with_all_beside_it(string list) =>
        Assert.False(DropFormat.TryRead(DropFormat.Write(list.Split('|')), out _));

    [Fact]
    public void What_is_cut_or_says_nonsense_of_itself_is_refused()
    {
        var bytes = DropFormat.Write(paths);
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(DropFormat.TryRead(bytes.AsSpan(0, length), out _), $"{length}");
        }
        Assert.False(DropFormat.TryRead([19, .. bytes[1..]], out _));
        Assert.False(DropFormat.TryRead([0xFF, 0xFF, 0xFF, 0xFF, .. bytes[4..]], out _));
        Assert.False(DropFormat.TryRead(DropFormat.Write([]), out _));
        var many = Enumerable.Range(0, LocalFiles.Most + 1).Select(i => $@"C:\{i}").ToList();
        Assert.False(DropFormat.TryRead(DropFormat.Write(many), out _));
        Assert.True(DropFormat.TryRead(DropFormat.Write(many.SkipLast(1)), out _));
    }

    [Fact]
    public void Files_are_offered_to_be_copied_and_never_as_text()
    {
        var offered = WindowsFormats.Offer(
            new([new(MediaTypes.LocalFiles, LocalFiles.Write(paths))], Sensitivity.Normal),
            default
        );
        Assert.Equal([WindowsFormats.Files, WindowsFormats.DropEffect], offered.Select(one => one.Format));
        Assert.True(
            WindowsFormats.TryDecode(
                MediaTypes.LocalFiles,
                WindowsFormats.Files,
                offered[0].Bytes.ToArray(),
                out var decoded
            )
        );
        Assert.Equal(paths, LocalFiles.Read(decoded));
    }
}
