using System.Security.Cryptography;
using System.Text;
using Toss.Core.Clips;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>What the clipboard of a display keeps beyond that: large content is not in memory, whoever copied it.</summary>
public abstract class DisplayClipboardConformance : ClipboardConformance
{
    private const int Large = 20_000_000;

    private static readonly string Letters = string.Concat(Enumerable.Repeat("a\u00e9\u2713\U0001f600", 1_300_000));

    [Fact]
    public async Task What_is_copied_and_larger_than_memory_holds_goes_into_the_spool()
    {
        var picture = Bytes(Large);
        await UserCopiesAsync(Content((MediaTypes.Png, picture)));
        var seen = Assert.Single((await NextChangeAsync()).Representations);
        Assert.Equal((MediaTypes.Png, Large), (seen.MediaType, seen.Size));
        Assert.Equal(Spool.Kept, [seen.Promise!]);
        await AssertHoldsAsync(picture, seen);
    }

    [Fact]
    public async Task What_memory_holds_stays_in_memory()
    {
        var picture = Bytes(Limits.HeldContent);
        await UserCopiesAsync(Content((MediaTypes.Png, picture)));
        var seen = Assert.Single((await NextChangeAsync()).Representations);
        Assert.Null(seen.Promise);
        Assert.True(seen.Bytes.Span.SequenceEqual(picture));
        Assert.Equal(0, Spool.Asked);
    }

    [Fact]
    public async Task Large_text_is_text_wherever_it_was_cut()
    {
        // One byte more in front, so that pieces end within letters of every length.
        for (var shift = 0; shift < 4; shift++)
        {
            var text = Encoding.UTF8.GetBytes(new string('x', shift) + Letters);
            await UserCopiesAsync(Content((MediaTypes.Text, text)));
            var seen = (await NextChangeAsync()).Representations.Single(one => one.MediaType == MediaTypes.Text);
            Assert.NotNull(seen.Promise);
            await AssertHoldsAsync(text, seen);
        }
    }

    [Fact]
    public async Task Large_html_that_is_no_text_is_left_out()
    {
        var html = Bytes(Large);
        "<b>"u8.CopyTo(html);
        await UserCopiesAsync(Content((MediaTypes.Html, html)));
        var seen = await NextChangeAsync();
        Assert.DoesNotContain(seen.Representations, one => one.MediaType == MediaTypes.Html || one.Promise is not null);
        Assert.Contains(new OmittedFormat(MediaTypes.Html, OmittedReason.Unreadable), seen.Omitted);
        Assert.Empty(Spool.Kept);
    }

    [Fact]
    public async Task What_the_spool_does_not_take_is_too_large()
    {
        Spool.Refuses = true;
        await UserCopiesAsync(Content((MediaTypes.Png, Bytes(Large))));
        Assert.Equal(
            new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge),
            Assert.Single((await NextChangeAsync()).Omitted)
        );
        Spool.Refuses = false;
        await UserCopiesAsync(Text("after it"));
        AssertHolds(Seen(Text("after it")), await NextChangeAsync());
    }

    /// <summary>Its owner does so too: what the disk is behind with is nowhere in memory.</summary>
    [Fact]
    public async Task A_disk_that_is_slow_is_waited_for()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Spool.Begins = gate.Task;
        var picture = Bytes(Large);
        // A program may not get on before it is read.
        var copying = UserCopiesAsync(Content((MediaTypes.Png, picture)));
        await Watchdog.Within(Spool.WasAsked, "the spool to be asked");
        gate.SetResult();
        await copying;
        await AssertHoldsAsync(picture, Assert.Single((await NextChangeAsync()).Representations));
    }

    [Fact]
    public async Task A_newer_copy_overtakes_one_on_its_way_and_nothing_of_that_is_kept()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Spool.Begins = gate.Task;
        var overtaken = UserCopiesAsync(Content((MediaTypes.Png, Bytes(Large)))).AsTask();
        await Watchdog.Within(Spool.WasAsked, "the spool to be asked");
        await UserCopiesAsync(Text("newer"));
        AssertHolds(Seen(Text("newer")), await NextChangeAsync());
        gate.SetResult();
        await Watchdog.Within(Spool.GaveUp, "the spool to hear that nobody wants it");
        Assert.Empty(Spool.Kept);
        // However it takes it that nobody read it to the end.
        await Watchdog.Within(Task.WhenAny(overtaken), "the older program to get on");
    }

    [Fact]
    public async Task A_program_that_ends_after_all_of_it_came_loses_nothing()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Spool.Ends = gate.Task;
        var picture = Bytes(Large);
        await UserCopiesAsync(Content((MediaTypes.Png, picture)));
        await Watchdog.Within(Spool.Came, "all of it");
        await UserEmptiesAsync();
        gate.SetResult();
        await AssertHoldsAsync(picture, Assert.Single((await NextChangeAsync()).Representations));
        Assert.True((await NextChangeAsync()).IsCleared);
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task It_is_read_once_however_often_somebody_looks()
    {
        await UserCopiesAsync(Content((MediaTypes.Png, Bytes(Large))));
        var seen = await NextChangeAsync();
        Assert.Same(seen.Representations[0].Promise, (await ReadAsync())!.Representations[0].Promise);
        await UserCopiesAsync(Text("after it"));
        AssertHolds(Seen(Text("after it")), await NextChangeAsync());
        AssertHolds(Seen(Text("after it")), await ReadAsync());
        Assert.Equal(1, Spool.Asked);
    }

    private static async Task AssertHoldsAsync(byte[] expected, ContentRepresentation seen)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var content = seen.Promise!.Open(null);
        var (buffer, read) = (new byte[256 * 1024], 0);
        for (long at = 0; at < seen.Size; at += read)
        {
            read = await content.ReadAsync(buffer);
            hash.AppendData(buffer, 0, read);
        }
        Assert.Equal(Convert.ToHexString(SHA256.HashData(expected)), Convert.ToHexString(hash.GetHashAndReset()));
    }
}
