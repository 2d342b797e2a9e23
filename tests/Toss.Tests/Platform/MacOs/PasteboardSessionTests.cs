using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

/// <summary>When it looks, what it takes for one copy, and what it does with what it put itself.</summary>
public sealed class PasteboardSessionTests
{
    private const string Text = "public.utf8-plain-text";

    /// <summary>Programs empty the pasteboard, and fill it afterwards; neither the gap nor the first half is a copy.</summary>
    [Fact]
    public async Task A_copy_that_is_put_in_steps_is_one_copy()
    {
        await using var desktop = await MacDesktop.StartAsync();
        var step = 0;
        desktop.Pasteboard.OnLook = () =>
        {
            switch (step++)
            {
                case 0:
                    desktop.Pasteboard.Empty();
                    break;
                case 1:
                    desktop.Pasteboard.Add("public.html", "<b>b</b>"u8.ToArray());
                    break;
                case 2:
                    desktop.Pasteboard.Add(Text, "b"u8.ToArray());
                    break;
            }
        };
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.Html, MediaTypes.Text], seen.Representations.Select(one => one.MediaType));
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task However_often_it_is_asked_a_copy_is_read_when_it_stood_still()
    {
        await using var desktop = await MacDesktop.StartAsync(MacDesktop.Eager with { Settle = TimeSpan.FromHours(1) });
        desktop.Pasteboard.Empty();
        for (var i = 0; i < 5; i++)
        {
            await desktop.ClearAsync([7]);
        }
        Assert.False(desktop.Clipboard.Changes.TryRead(out _));
    }

    /// <summary>Not after a time: nobody knows when a slow program is done. It is read as it is after so many looks.</summary>
    [Fact]
    public async Task A_program_that_adds_types_without_end_is_read_all_the_same()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Add(Text, "b"u8.ToArray());
        var types = 0;
        desktop.Pasteboard.OnLook = () => desktop.Pasteboard.Add($"com.example.type-{types++}", [1]);
        Assert.Equal("b"u8.ToArray(), Assert.Single((await desktop.NextAsync()).Representations).Bytes.ToArray());
        desktop.Pasteboard.OnLook = null;
        // Long before there are as many as are looked at.
        Assert.InRange(types, 1, 200);
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task Our_own_content_is_answered_from_memory_and_never_reported()
    {
        await using var desktop = await MacDesktop.StartAsync();
        await desktop.ApplyAsync(Content("ours"));
        Assert.Equal(MacDesktop.Origin, (await desktop.ReadAsync())!.Origin!.Value.ToArray());
        Assert.Empty(desktop.Pasteboard.Asked);
        await desktop.NothingWasReportedAsync();
    }

    /// <summary>Apple does not say whether filling the pasteboard counts; it must not matter.</summary>
    [Fact]
    public async Task Our_own_content_is_no_copy_where_filling_counts_too()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.CountsFilling = true;
        await desktop.ApplyAsync(Content("ours"));
        await desktop.ClearAsync([7]);
        Assert.Equal("ours"u8.ToArray(), desktop.Pasteboard.Paste(Text));
        await desktop.NothingWasReportedAsync();
        await desktop.ApplyAsync(Content("ours again"));
        await desktop.ClearAsync(MacDesktop.Origin);
        Assert.Null(desktop.Pasteboard.Paste(Text));
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task What_the_user_copied_before_a_clip_came_keeps_the_pasteboard()
    {
        // It looks so rarely that the copy is not known yet.
        await using var desktop = await MacDesktop.StartAsync(MacDesktop.Eager with { Poll = TimeSpan.FromHours(1) });
        await desktop.UntilAsync(() => desktop.Clipboard.Wakeups > 0);
        desktop.Pasteboard.Copy((Text, "the user's"u8.ToArray()));
        Assert.Equal(ApplyOutcome.Overtaken, await desktop.ApplyAsync(Content("ours")));
        Assert.Equal("the user's"u8.ToArray(), desktop.Pasteboard.Paste(Text));
        Assert.Equal(
            "the user's"u8.ToArray(),
            Assert.Single((await desktop.NextAsync()).Representations).Bytes.ToArray()
        );
    }

    /// <summary>It is looked at once more for each thing that is to be done, just before.</summary>
    [Fact]
    public async Task What_the_user_copies_as_a_clip_comes_keeps_the_pasteboard()
    {
        await using var desktop = await MacDesktop.StartAsync(MacDesktop.Eager with { Poll = TimeSpan.FromHours(1) });
        await desktop.UntilAsync(() => desktop.Clipboard.Wakeups > 0);
        var looks = 0;
        desktop.Pasteboard.OnLook = () =>
        {
            if (++looks == 2)
            {
                desktop.Pasteboard.Copy((Text, "the user's"u8.ToArray()));
            }
        };
        Assert.Equal(ApplyOutcome.Overtaken, await desktop.ApplyAsync(Content("ours")));
        Assert.Equal("the user's"u8.ToArray(), desktop.Pasteboard.Paste(Text));
    }

    [Fact]
    public async Task A_secret_is_marked_again_stays_on_this_machine_and_other_content_may_leave_it()
    {
        await using var desktop = await MacDesktop.StartAsync();
        await desktop.ApplyAsync(Content("hunter2", Sensitivity.Secret));
        Assert.NotNull(desktop.Pasteboard.Paste("org.nspasteboard.ConcealedType"));
        Assert.True(desktop.Pasteboard.Stays);
        await desktop.ApplyAsync(Content("plain"));
        Assert.Null(desktop.Pasteboard.Paste("org.nspasteboard.ConcealedType"));
        Assert.False(desktop.Pasteboard.Stays);
    }

    [Theory]
    [InlineData(Sensitivity.Secret, false)]
    [InlineData(Sensitivity.Normal, true)]
    public async Task When_Toss_ends_its_content_stays_and_its_secret_goes(Sensitivity sensitivity, bool stays)
    {
        var desktop = await MacDesktop.StartAsync();
        await desktop.ApplyAsync(Content("ours", sensitivity));
        await desktop.DisposeAsync();
        Assert.Equal(stays, desktop.Pasteboard.Paste(Text) is not null);
    }

    [Fact]
    public async Task When_Toss_ends_what_the_user_copied_over_a_secret_stays()
    {
        var desktop = await MacDesktop.StartAsync(MacDesktop.Eager with { Poll = TimeSpan.FromHours(1) });
        await desktop.ApplyAsync(Content("ours", Sensitivity.Secret));
        desktop.Pasteboard.Copy((Text, "the user's"u8.ToArray()));
        await desktop.DisposeAsync();
        Assert.Equal("the user's"u8.ToArray(), desktop.Pasteboard.Paste(Text));
    }

    /// <summary>A run that was killed leaves its content; the next one knows it by its mark.</summary>
    [Fact]
    public async Task What_an_earlier_run_put_is_cleared_by_its_mark()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Copy(
            (Text, "hunter2"u8.ToArray()),
            ("org.nspasteboard.ConcealedType", []),
            ("toss.clip-origin", MacDesktop.Origin)
        );
        var seen = await desktop.NextAsync();
        Assert.True(seen.Concealed);
        Assert.Equal(MacDesktop.Origin, seen.Origin!.Value.ToArray());
        await desktop.ClearAsync([7]);
        Assert.NotNull(desktop.Pasteboard.Paste(Text));
        await desktop.ClearAsync(MacDesktop.Origin);
        Assert.Null(desktop.Pasteboard.Paste(Text));
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task What_macOS_does_not_take_waits_and_gives_way_to_what_the_user_copies()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Refuses = true;
        Assert.Equal(ApplyOutcome.Deferred, await desktop.ApplyAsync(Content("first")));
        desktop.Pasteboard.Refuses = false;
        await desktop.UntilAsync(() => desktop.Pasteboard.Paste(Text) is not null);
        Assert.Equal("first"u8.ToArray(), desktop.Pasteboard.Paste(Text));
        desktop.Pasteboard.Refuses = true;
        Assert.Equal(ApplyOutcome.Deferred, await desktop.ApplyAsync(Content("second")));
        await desktop.ClearAsync(MacDesktop.Origin);
        desktop.Pasteboard.Refuses = false;
        await desktop.LooksAsync(3);
        Assert.Null(desktop.Pasteboard.Paste(Text));
    }

    [Fact]
    public async Task It_looks_often_while_somebody_is_there_and_rarely_else()
    {
        // So long that the test would end by its watchdog if it waited for one.
        var timing = MacDesktop.Eager with
        {
            Rest = TimeSpan.FromHours(1),
            RestAfter = TimeSpan.FromMinutes(1),
        };
        await using var desktop = await MacDesktop.StartAsync(timing);
        await desktop.LooksAsync(20);
        desktop.Pasteboard.SinceInput = TimeSpan.FromMinutes(1);
        // Looks under way may still come; then there is none for an hour, and so none while a hundred would come.
        var (looks, still) = (0L, 0);
        await desktop.UntilAsync(() =>
        {
            var before = looks;
            looks = desktop.Clipboard.Wakeups;
            still = looks == before ? still + 1 : 0;
            return still == 40;
        });
        desktop.Pasteboard.Copy((Text, "while nobody is there"u8.ToArray()));
        Assert.False(desktop.Clipboard.Changes.TryRead(out _));
        // Whoever asks is answered all the same, and what was copied is noticed with that.
        Assert.Equal(
            "while nobody is there"u8.ToArray(),
            Assert.Single((await desktop.ReadAsync())!.Representations).Bytes.ToArray()
        );
        await desktop.NextAsync();
    }

    private static ClipContent Content(string text, Sensitivity sensitivity = Sensitivity.Normal) =>
        new([new(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], sensitivity);
}
