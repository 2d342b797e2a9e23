using System.IO.Compression;
using System.Text;
using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class EchoFilterTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly EchoFilter _echo = new();
    private DateTimeOffset _now = Now;
    private int _copies = 100;

    private static ClipId IdAt(DateTimeOffset at) => ClipId.FromParts(at.ToUnixTimeMilliseconds(), new byte[10]);

    private EchoVerdict Judge(params ContentRepresentation[] content) => Judge(Snapshot(content));

    private EchoVerdict Judge(Snapshot snapshot)
    {
        _now += Moment;
        _echo.Shown(snapshot);
        var verdict = _echo.Judge(snapshot, _now, _now);
        if (verdict == EchoVerdict.Copy)
        {
            _echo.Copied(Id(_copies++), snapshot, Sensitivity.Normal, _now);
        }
        return verdict;
    }

    private void Write(params ContentRepresentation[] content)
    {
        _now += Moment;
        _echo.Remember(Id(_copies++), Content(content), _now);
    }

    [Fact]
    public void A_mark_is_an_echo_unless_it_comes_out_of_a_clipboard_manager()
    {
        var fresh = Snapshot(Text("x")) with { Origin = IdAt(Now - TimeSpan.FromMinutes(2)).ToBytes() };
        Assert.Equal(EchoVerdict.Echo, Judge(fresh));
        var old = Snapshot(Text("y")) with { Origin = IdAt(Now - TimeSpan.FromMinutes(7)).ToBytes() };
        Assert.Equal(EchoVerdict.Copy, Judge(old));
        Assert.Equal(EchoVerdict.Copy, Judge(Snapshot(Text("z")) with { Origin = "not ours"u8.ToArray() }));
    }

    [Fact]
    public void What_a_person_copies_in_turn_is_shared_each_time()
    {
        Assert.Equal(EchoVerdict.Copy, Judge(Text("one")));
        Assert.Equal(EchoVerdict.Copy, Judge(Text("another")));
        Assert.Equal(EchoVerdict.Copy, Judge(Text("one")));
    }

    [Fact]
    public void What_was_copied_last_is_nothing_new_for_ten_seconds()
    {
        Assert.Equal(EchoVerdict.Copy, Judge(Text("one")));
        Assert.Equal(EchoVerdict.Same, Judge(Text("one")));
        _now += EchoFilter.Memory;
        Assert.Equal(EchoVerdict.Copy, Judge(Text("one")));
    }

    [Fact]
    public void Once_a_bridge_was_seen_what_was_copied_here_before_is_its_work()
    {
        Judge(Text("one\n"));
        // The same in other bytes: no person does that.
        Assert.Equal(EchoVerdict.Same, Judge(Text("one\r\n")));
        Judge(Text("another"));
        Assert.Equal(EchoVerdict.Echo, Judge(Text("one")));
        _now += EchoFilter.BridgeMemory;
        Judge(Text("one"));
        Judge(Text("another"));
        Assert.Equal(EchoVerdict.Copy, Judge(Text("one")));
    }

    [Fact]
    public void A_bridge_gives_itself_away_by_bringing_back_what_a_peer_sent()
    {
        Write(Text("theirs"));
        Assert.Equal(EchoVerdict.Echo, Judge(Text("theirs\0")));
        Judge(Text("one"));
        Judge(Text("another"));
        Assert.Equal(EchoVerdict.Echo, Judge(Text("one")));
    }

    [Fact]
    public void What_came_in_and_stayed_in_history_is_an_echo_too()
    {
        _echo.Received(Id(1), Content(Text("late")), _now);
        Assert.Equal(EchoVerdict.Echo, Judge(Text("late")));
    }

    [Fact]
    public void Pictures_are_told_apart_by_their_pixels()
    {
        var picture = TestPicture.Of(1);
        Write(new ContentRepresentation(MediaTypes.Png, picture.ToPng()));
        Assert.Equal(
            EchoVerdict.Echo,
            Judge(new ContentRepresentation(MediaTypes.Png, picture.ToPng(CompressionLevel.NoCompression)))
        );
        Assert.Equal(EchoVerdict.Echo, Judge(new ContentRepresentation(MediaTypes.Bmp, picture.ToBmp())));
        var other = picture with { Rgba = [.. picture.Rgba] };
        other.Rgba[^2] ^= 1;
        Assert.Equal(EchoVerdict.Copy, Judge(new ContentRepresentation(MediaTypes.Png, other.ToPng())));
    }

    [Fact]
    public void A_picture_whose_transparency_was_dropped_is_the_same_picture()
    {
        var picture = TestPicture.Of(2);
        for (var i = 3; i < picture.Rgba.Length; i += 8)
        {
            picture.Rgba[i] = 40;
        }
        var onWhite = picture with { Rgba = [.. picture.Rgba] };
        for (var i = 0; i < onWhite.Rgba.Length; i++)
        {
            onWhite.Rgba[i] =
                i % 4 == 3 ? byte.MaxValue : (byte)(255 - (255 - picture.Rgba[i]) * picture.Rgba[i / 4 * 4 + 3] / 255);
        }
        Write(new ContentRepresentation(MediaTypes.Png, picture.ToPng()));
        Assert.Equal(EchoVerdict.Echo, Judge(new ContentRepresentation(MediaTypes.Bmp, picture.ToBmp())));
        Assert.Equal(EchoVerdict.Echo, Judge(new ContentRepresentation(MediaTypes.Bmp, onWhite.ToBmp())));
    }

    [Fact]
    public void What_is_no_picture_is_its_bytes()
    {
        Write(Bytes(MediaTypes.Webp, 100), Bytes(MediaTypes.Tiff, 50));
        Assert.Equal(EchoVerdict.Echo, Judge(Bytes(MediaTypes.Tiff, 50)));
        Assert.Equal(EchoVerdict.Copy, Judge(Bytes(MediaTypes.Tiff, 51)));
    }

    [Theory]
    [InlineData("<b>x</b>", "<html>\r\n<body>\r\n<!--StartFragment--><b>x</b><!--EndFragment-->\r\n</body></html>")]
    [InlineData("<b>x</b>", "<meta http-equiv=\"content-type\" content=\"text/html; charset=utf-8\"><b>x</b>")]
    [InlineData("<b>x</b>", "<HTML><Body class=\"a\"><b>x</b></BODY></HTML>\0")]
    [InlineData("<p>a\nb</p>", "<p>a\r\nb</p>\r\n")]
    public void Html_is_what_was_selected_of_it(string ours, string theirs)
    {
        Write(Html(ours));
        Assert.Equal(EchoVerdict.Echo, Judge(Html(theirs)));
    }

    [Fact]
    public void Html_in_other_words_is_a_persons_until_it_came_round_three_times()
    {
        for (var i = 0; i < EchoFilter.MostBounces - 1; i++)
        {
            Write(Html($"<i class={i}>x &amp; y</i>"));
            Assert.Equal(EchoVerdict.Copy, Judge(Html($"<b class={i}>x&nbsp;&#38; y</b>")));
        }
        Write(Html("<i>x &amp; y</i>"));
        Assert.Equal(EchoVerdict.Bounce, Judge(Html("<b>x &amp; y</b>")));
        Assert.Equal(EchoVerdict.Copy, Judge(Html("<b>x &amp; z</b>")));
    }

    [Fact]
    public void What_the_clipboard_holds_is_not_written_again()
    {
        var page = Content(Text("x"), Html("<b>x</b>"));
        Assert.False(_echo.Holds(page));
        _echo.Shown(Snapshot(Text("x\r\n")));
        // Its text alone: there is more to paste in what came.
        Assert.False(_echo.Holds(page));
        Assert.True(_echo.Holds(Content(Text("x"))));
        Assert.False(_echo.Holds(Content(Text("x")) with { Sensitivity = Sensitivity.Secret }));
        _echo.Shown(Toss.Core.Clips.Snapshot.Cleared);
        Assert.False(_echo.Holds(Content(Text("x"))));
    }

    private static ContentRepresentation Html(string html) => new(MediaTypes.Html, Encoding.UTF8.GetBytes(html));

    [Fact]
    public void What_comes_back_in_other_words_without_any_peer_stops_too()
    {
        var html = "<b>again</b>";
        for (var i = 0; i <= EchoFilter.MostBounces; i++, html = $"<p>{html}</p>")
        {
            Assert.Equal(i < EchoFilter.MostBounces ? EchoVerdict.Copy : EchoVerdict.Bounce, Judge(Html(html)));
        }
    }

    [Fact]
    public void A_person_who_goes_back_and_forth_between_two_copies_is_no_bridge()
    {
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(EchoVerdict.Copy, Judge(Text(i % 2 == 0 ? "name" : "password")));
        }
    }

    [Fact]
    public void What_was_a_secret_is_known_again_for_as_long_as_managers_bring_things_back()
    {
        _echo.Remember(Id(1), Content(Text("hunter2")) with { Sensitivity = Sensitivity.Secret }, _now);
        _now += TimeSpan.FromMinutes(5);
        Assert.True(_echo.IsSecret([Text("hunter2\n")], _now));
        Assert.False(_echo.IsSecret([Text("hunter3")], _now));
        _now += EchoFilter.BridgeMemory;
        Assert.False(_echo.IsSecret([Text("hunter2")], _now));
    }

    [Fact]
    public void Of_a_burst_of_large_pictures_not_all_are_kept()
    {
        for (var i = 0; i < 5; i++)
        {
            _echo.Received(Id(i), Content(Bytes(MediaTypes.Png, (int)Limits.CopiedContent)), _now);
        }
        Assert.Equal(2 * Limits.CopiedContent, _echo.Held);
    }
}
