using System.Text;
using Toss.Platform.Clipboards.Windows;
using Xunit;

namespace Toss.Tests.Platform;

/// <summary>"HTML Format": headers that are right, wrong, and hostile.</summary>
public sealed class WindowsHtmlTests
{
    private const string Marked = "<html><!--StartFragment--><b>x</b><!--EndFragment--></html>";

    [Theory]
    [InlineData("")]
    [InlineData("<b>bold</b>")]
    [InlineData("gr\u00fc\u00dfe \u4f60\u597d \ud83d\ude00\r\nand a line")]
    [InlineData("<!--EndFragment--> in the middle <!--StartFragment-->")]
    [InlineData("StartHTML:0000000001")]
    public void What_is_written_says_where_it_is_in_bytes_and_is_read_back(string fragment)
    {
        var page = HtmlFormat.Write(Encoding.UTF8.GetBytes(fragment));
        var text = Encoding.UTF8.GetString(page);
        int Said(string name) =>
            int.Parse(text[(text.IndexOf(name, StringComparison.Ordinal) + name.Length + 1)..][..10]);

        Assert.Equal(fragment, Encoding.UTF8.GetString(page[Said("StartFragment")..Said("EndFragment")]));
        Assert.StartsWith("<html>", Encoding.UTF8.GetString(page[Said("StartHTML")..]), StringComparison.Ordinal);
        Assert.EndsWith("</html>", Encoding.UTF8.GetString(page[..Said("EndHTML")]), StringComparison.Ordinal);
        Assert.Equal(page.Length, Said("EndHTML"));
        Assert.Equal(fragment, Read(page));
        Assert.Equal(fragment, Read([.. page, 0, 0, 0]));
    }

    [Theory]
    // As the specification has it, with lines in any order and lines that nobody knows.
    [InlineData(
        "Version:1.0\nSourceURL:https://example.org/a:b\nEndFragment:0000000103\nStartFragment:0000000099\n12345<i>x</i>",
        null
    )]
    [InlineData("StartFragment:0000000048\nEndFragment:0000000052\nabcd", null)]
    // Without numbers the marks count, without marks all that is no header.
    [InlineData("Version:0.9\r\n" + Marked, "<b>x</b>")]
    [InlineData(Marked, "<b>x</b>")]
    [InlineData("<p>only html</p>", "<p>only html</p>")]
    [InlineData("Version:0.9\r\nStartHTML:-1\r\nEndHTML:-1\r\n<p>x</p>", "<p>x</p>")]
    [InlineData("plain: text", "plain: text")]
    [InlineData("", "")]
    // Numbers that cannot be.
    [InlineData("StartFragment:0000000000\r\nEndFragment:0000000010\r\n" + Marked, "<b>x</b>")]
    [InlineData("StartFragment:9999999999\r\nEndFragment:9999999999\r\n" + Marked, "<b>x</b>")]
    [InlineData("StartFragment:99999999999999999999\r\nEndFragment:1\r\n" + Marked, "<b>x</b>")]
    [InlineData("StartFragment:60\r\nEndFragment:50\r\n" + Marked, "<b>x</b>")]
    [InlineData("StartFragment:0x10\r\nEndFragment:-5\r\n" + Marked, "<b>x</b>")]
    [InlineData("StartFragment:\r\nEndFragment: \r\n" + Marked, "<b>x</b>")]
    [InlineData("<!--EndFragment-->x<!--StartFragment-->", "<!--EndFragment-->x<!--StartFragment-->")]
    public void Headers_of_every_kind_give_the_fragment_or_what_is_nearest(string page, string? fragment)
    {
        var read = Read(Encoding.UTF8.GetBytes(page));
        // Where the numbers are right, they say it themselves.
        fragment ??= page[Number("StartFragment")..Number("EndFragment")];
        Assert.Equal(fragment, read);

        int Number(string name) =>
            int.Parse(page[(page.IndexOf(name, StringComparison.Ordinal) + name.Length + 1)..][..10]);
    }

    [Fact]
    public void What_is_cut_in_the_middle_of_a_character_or_not_utf8_is_refused()
    {
        Assert.Null(Read([(byte)'<', 0xff, 0xfe]));
        var page = Encoding.UTF8.GetBytes("StartFragment:0000000050\r\nEndFragment:0000000051\r\n\u00fc\u00fc");
        Assert.Null(Read(page));
    }

    /// <summary>Any bytes at all: a fragment or a refusal, never an exception.</summary>
    [Fact]
    public void Nothing_that_a_program_writes_throws()
    {
        var seed = HtmlFormat.Write("<b>gr\u00fc\u00dfe</b>"u8);
        var random = new Random(11);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = seed.ToArray();
            for (var flips = random.Next(1, 8); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(
                    random.Next(2) == 0 ? random.Next(256) : random.Next('0', ':')
                );
            }
            Read(bytes[..random.Next(bytes.Length + 1)]);
        }
    }

    private static string? Read(byte[] page) =>
        HtmlFormat.TryRead(page, out var fragment) ? Encoding.UTF8.GetString(fragment) : null;
}
