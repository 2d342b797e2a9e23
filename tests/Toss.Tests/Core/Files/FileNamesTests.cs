using System.Text;
using Toss.Core.Files;
using Xunit;

namespace Toss.Tests.Core.Files;

/// <summary>Names that somebody else wrote, on purpose or not, become names that lead nowhere else and read as what they are.</summary>
public sealed class FileNamesTests
{
    [Theory]
    [InlineData("photo.jpg", "photo.jpg")]
    [InlineData(".bashrc", ".bashrc")]
    [InlineData("Übersicht – 10 €.odt", "Übersicht – 10 €.odt")]
    [InlineData("a b  c", "a b  c")]
    [InlineData("..", "_")]
    [InlineData(".", "_")]
    [InlineData("...", "_")]
    [InlineData(" . ", "_")]
    [InlineData("", "_")]
    [InlineData("../../etc/passwd", ".._.._etc_passwd")]
    [InlineData("/etc/passwd", "_etc_passwd")]
    [InlineData("C:\\Windows\\win.ini", "C:_Windows_win.ini")]
    [InlineData("a\0b", "a_b")]
    [InlineData("a\nb\rc\u001b[31m", "a_b_c_[31m")]
    [InlineData("a\u0085b\u2028c", "a_b_c")]
    [InlineData("name.", "name")]
    [InlineData("name. . .", "name")]
    [InlineData("photo\u202Egpj.exe", "photogpj.exe")]
    [InlineData("\u2066\u2069", "_")]
    [InlineData("CON", "_CON")]
    [InlineData("con.txt", "_con.txt")]
    [InlineData("nul .tar.gz", "_nul .tar.gz")]
    [InlineData("Lpt9", "_Lpt9")]
    [InlineData("COM\u00B9", "_COM\u00B9")]
    [InlineData("CONIN$", "_CONIN$")]
    [InlineData("COM10", "COM10")]
    [InlineData("console", "console")]
    [InlineData(".toss-receiving-1", "_.toss-receiving-1")]
    [InlineData(".TOSS-x", "_.TOSS-x")]
    public void Names_are_made_safe(string name, string safe)
    {
        Assert.Equal(safe, FileNames.MakeSafe(name));
        // Once is enough: what is safe stays as it is.
        Assert.Equal(safe, FileNames.MakeSafe(safe));
    }

    [Fact]
    public void On_Windows_more_is_refused() =>
        Assert.Equal("a__b______c", FileNames.MakeSafe("a<>b:\"|?*\tc", forWindows: true));

    [Theory]
    [InlineData("photo.jpg", "photo (2).jpg")]
    [InlineData("archive.tar.gz", "archive (2).tar.gz")]
    [InlineData("README", "README (2)")]
    [InlineData(".bashrc", ".bashrc (2)")]
    [InlineData("a.b.c", "a.b (2).c")]
    public void A_number_stands_before_the_ending(string name, string numbered) =>
        Assert.Equal(numbered, FileNames.Number(name, 2));

    [Theory]
    [InlineData('x', ".jpg")]
    [InlineData('ü', ".tar.gz")]
    [InlineData('字', "")]
    public void What_is_too_long_is_cut_between_characters_and_keeps_its_ending(char of, string ending)
    {
        var safe = FileNames.MakeSafe(new string(of, 500) + ending);
        Assert.InRange(Encoding.UTF8.GetByteCount(safe), FileNames.Most - 3, FileNames.Most);
        Assert.Equal(new string(of, safe.Length - ending.Length) + ending, safe);
        Assert.InRange(Encoding.UTF8.GetByteCount(FileNames.Number(safe, 99_999)), 1, 255);
    }

    /// <summary>Pairs of surrogates are not torn, and what is no character does not come through.</summary>
    [Fact]
    public void What_is_no_text_is_no_name()
    {
        Assert.Equal("_", FileNames.MakeSafe("\uD800"));
        var safe = FileNames.MakeSafe(string.Concat(Enumerable.Repeat("😀", 200)));
        Assert.Equal(FileNames.Most, Encoding.UTF8.GetByteCount(safe));
    }

    [Fact]
    public void Of_names_that_would_be_one_each_gets_its_own()
    {
        var places = new FilePlaces(forWindows: true, ignoresCase: true);
        string Place(FileKind kind, params string[] parts) =>
            places.TryPlace(new FileEntry(parts, kind, default, 0), out var place)
                ? string.Join('/', place)
                : "refused";

        Assert.Equal("a", Place(FileKind.Folder, "a"));
        Assert.Equal("A (2)", Place(FileKind.Folder, "A"));
        Assert.Equal("a/x", Place(FileKind.File, "a", "x"));
        Assert.Equal("A (2)/x", Place(FileKind.File, "A", "x"));
        Assert.Equal("a (3)", Place(FileKind.File, "a"));
        Assert.Equal("a (4)", Place(FileKind.File, "a."));
        Assert.Equal("_", Place(FileKind.Folder, ".."));
        Assert.Equal("_/passwd", Place(FileKind.File, "..", "passwd"));
        Assert.Equal("__", Place(FileKind.File, "//"));
        // A folder that nobody named, and one that was named before.
        Assert.Equal("refused", Place(FileKind.File, "b", "x"));
        Assert.Equal("refused", Place(FileKind.Folder, "a"));
        // A file is no folder.
        Assert.Equal("f", Place(FileKind.File, "f"));
        Assert.Equal("refused", Place(FileKind.File, "f", "x"));
    }

    [Fact]
    public void Where_case_counts_it_is_kept()
    {
        var places = new FilePlaces();
        foreach (var name in new[] { "README", "readme", "Readme" })
        {
            Assert.True(places.TryPlace(new FileEntry([name], FileKind.File, default, 0), out var place));
            Assert.Equal([name], place);
        }
    }

    [Fact]
    public void Ten_thousand_of_one_name_take_no_time()
    {
        var places = new FilePlaces();
        IReadOnlyList<string> place = [];
        for (var i = 0; i < FileSetLimits.Entries; i++)
        {
            Assert.True(places.TryPlace(new FileEntry(["same."], FileKind.File, default, 0), out place));
        }
        Assert.Equal($"same ({FileSetLimits.Entries})", place[0]);
    }
}
