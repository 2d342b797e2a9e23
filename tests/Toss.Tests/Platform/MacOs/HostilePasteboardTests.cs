using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.MacOs;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform.MacOs;

/// <summary>Programs that copy and then do not do as they said: a bounded wait, a reason, and the next copy works.</summary>
public sealed class HostilePasteboardTests
{
    private const string Text = "public.utf8-plain-text";

    private static readonly PasteboardTiming impatient = MacDesktop.Eager with
    {
        Owner = TimeSpan.FromSeconds(1),
        Patience = TimeSpan.FromSeconds(5),
    };

    [Fact]
    public async Task A_program_that_never_makes_what_it_promised_is_left_behind()
    {
        await using var desktop = await MacDesktop.StartAsync(impatient);
        using var never = new ManualResetEventSlim();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Add(Text, "there at once"u8.ToArray());
        desktop.Pasteboard.Promise("public.png", () => Wait(never));
        desktop.Pasteboard.Add("public.rtf", "{\\rtf1}"u8.ToArray());
        var seen = await desktop.NextAsync();
        // What was there before stays; the rest is named.
        Assert.Equal([MediaTypes.Text], seen.Representations.Select(one => one.MediaType));
        Assert.Equal(
            [new(MediaTypes.Png, OmittedReason.TimedOut), new(MediaTypes.Rtf, OmittedReason.TimedOut)],
            seen.Omitted
        );
        await desktop.NothingWasReportedAsync();
        never.Set();
    }

    [Fact]
    public async Task Who_reads_what_is_only_promised_waits_no_longer()
    {
        await using var desktop = await MacDesktop.StartAsync(impatient);
        using var never = new ManualResetEventSlim();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Promise("public.png", () => Wait(never));
        await desktop.NextAsync();
        Assert.Equal([new(MediaTypes.Png, OmittedReason.TimedOut)], (await desktop.ReadAsync())!.Omitted);
        Assert.Equal(ApplyOutcome.Applied, await desktop.ApplyAsync(OfText("ours")));
        Assert.Equal("ours"u8.ToArray(), desktop.Pasteboard.Paste(Text));
        never.Set();
    }

    /// <summary>Threads that wait for programs are bounded; when one comes back, the next is asked again.</summary>
    [Fact]
    public async Task Many_that_never_answer_do_not_take_all_threads()
    {
        await using var desktop = await MacDesktop.StartAsync(impatient);
        using var never = new ManualResetEventSlim();
        var asked = 0;
        for (var i = 0; i < 3 * PasteboardReader.MostLeftBehind; i++)
        {
            desktop.Pasteboard.Empty();
            desktop.Pasteboard.Promise(
                "public.png",
                () =>
                {
                    Interlocked.Increment(ref asked);
                    return Wait(never);
                }
            );
            Assert.Equal([new(MediaTypes.Png, OmittedReason.TimedOut)], (await desktop.NextAsync()).Omitted);
        }
        Assert.Equal(PasteboardReader.MostLeftBehind, asked);
        // Even now: who copies what is there at once is not heard, but it is said, and Toss still puts what comes.
        Assert.Equal(ApplyOutcome.Applied, await desktop.ApplyAsync(OfText("ours")));
        never.Set();
        while (true)
        {
            desktop.Pasteboard.Copy((Text, "heard again"u8.ToArray()));
            if ((await desktop.NextAsync()).Omitted.Count == 0)
            {
                break;
            }
        }
    }

    [Fact]
    public async Task A_newer_copy_ends_the_wait_for_an_older_one()
    {
        await using var desktop = await MacDesktop.StartAsync();
        using var never = new ManualResetEventSlim();
        using var asked = new ManualResetEventSlim();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Promise(
            "public.png",
            () =>
            {
                asked.Set();
                return Wait(never);
            }
        );
        Assert.True(await Task.Run(() => asked.Wait(TimeSpan.FromSeconds(60))), "the promise was never asked for");
        // With thirty seconds for the older one, this would be no test if it were waited for.
        await desktop.NothingWasReportedAsync().WaitAsync(TimeSpan.FromSeconds(20));
        never.Set();
    }

    [Fact]
    public async Task A_program_that_copies_without_end_is_named_once_and_what_comes_then_is_heard()
    {
        await using var desktop = await MacDesktop.StartAsync(
            impatient with
            {
                Patience = TimeSpan.FromMilliseconds(200),
            }
        );
        var stops = false;
        desktop.Pasteboard.OnLook = () =>
        {
            if (!Volatile.Read(ref stops))
            {
                desktop.Pasteboard.Copy((Text, "again"u8.ToArray()));
            }
        };
        Assert.Equal([new(MediaTypes.Text, OmittedReason.TimedOut)], (await desktop.NextAsync()).Omitted);
        Volatile.Write(ref stops, true);
        desktop.Pasteboard.Copy((Text, "the last"u8.ToArray()));
        Snapshot seen;
        do
        {
            seen = await desktop.NextAsync();
        } while (seen.Omitted.Count > 0);
        Assert.Equal("the last"u8.ToArray(), Assert.Single(seen.Representations).Bytes.ToArray());
    }

    [Fact]
    public async Task Formats_that_are_not_what_they_say_or_not_there_are_left_out_and_named()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Empty();
        desktop.Pasteboard.Add(Text, [0xFF, 0xFE, 0xFD]);
        desktop.Pasteboard.Add("public.utf16-external-plain-text", [0xD8, 0x3D]);
        desktop.Pasteboard.Add("public.url", Encoding.UTF8.GetBytes("no address"));
        desktop.Pasteboard.Add("application/x-color", new byte[3]);
        desktop.Pasteboard.Promise("public.png", () => null);
        desktop.Pasteboard.Add("public.html", "<b>this is</b>"u8.ToArray());
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.Html], seen.Representations.Select(one => one.MediaType));
        Assert.Equal(
            [MediaTypes.Text, MediaTypes.Url, MediaTypes.Colour, MediaTypes.Png],
            seen.Omitted.Select(one => one.MediaType)
        );
        Assert.All(seen.Omitted, one => Assert.Equal(OmittedReason.Unreadable, one.Reason));
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task What_is_too_large_is_left_out_and_named_and_what_fits_beside_it_comes()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Copy(
            ("public.jpeg", new byte[Limits.CopiedContent + 1]),
            (Text, "small"u8.ToArray()),
            ("toss.clip-origin", new byte[1024])
        );
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.Text], seen.Representations.Select(one => one.MediaType));
        Assert.Equal([new(MediaTypes.Jpeg, OmittedReason.TooLarge)], seen.Omitted);
        Assert.Null(seen.Origin);
        await desktop.NothingWasReportedAsync();
    }

    [Fact]
    public async Task Of_ten_thousand_types_the_first_are_looked_at()
    {
        await using var desktop = await MacDesktop.StartAsync();
        desktop.Pasteboard.Copy([
            (Text, "first"u8.ToArray()),
            .. Enumerable.Range(0, 10_000).Select(i => ($"com.example.type-{i}", new byte[1])),
            ("public.png", new byte[1]),
        ]);
        var seen = await desktop.NextAsync();
        Assert.Equal([MediaTypes.Text], seen.Representations.Select(one => one.MediaType));
        // Nobody is asked for what is of no use.
        Assert.Equal([Text], desktop.Pasteboard.Asked);
        await desktop.NothingWasReportedAsync();
    }

    private static byte[]? Wait(ManualResetEventSlim end)
    {
        end.Wait();
        return null;
    }

    private static ClipContent OfText(string text) =>
        new([new(MediaTypes.Text, Encoding.UTF8.GetBytes(text))], Sensitivity.Normal);
}
