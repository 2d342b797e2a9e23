using System.Text;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;
using Xunit;

namespace Toss.Testing.Platform;

/// <summary>
/// What every clipboard keeps, whatever is below it. A subclass brings the clipboard and a user: somebody else who copies
/// on the same machine.
/// </summary>
public abstract class ClipboardConformance : IAsyncLifetime
{
    private static readonly byte[] Origin = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    protected IClipboard Clipboard { get; private set; } = null!;

    protected TestSpool Spool { get; } = new();

    /// <summary>A clipboard that nobody has used, not yet started.</summary>
    protected abstract ValueTask<IClipboard> CreateAsync();

    /// <summary>The user copies, in another program.</summary>
    protected abstract ValueTask UserCopiesAsync(ClipContent content);

    /// <summary>What the user copied goes, and nothing comes in its place.</summary>
    protected abstract ValueTask UserEmptiesAsync();

    /// <summary>What is seen of a copy, where the program that copies adds formats of its own.</summary>
    protected virtual ClipContent Seen(ClipContent copied) => copied;

    protected virtual ValueTask TearDownAsync() => ValueTask.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        Clipboard = await CreateAsync();
        await Watchdog.Within(Clipboard.StartAsync(Spool, CancellationToken.None), "the clipboard to start");
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        await TearDownAsync();
    }

    [Fact]
    public void Listens_once_started() => Assert.Equal(ClipboardState.Listening, Clipboard.State);

    [Fact]
    public async Task States_tell_of_listening() =>
        Assert.Equal(ClipboardState.Listening, await Watchdog.Within(Clipboard.States.ReadAsync(), "the first state"));

    [Fact]
    public async Task Is_empty_before_anybody_copied() => Assert.Null(await ReadAsync());

    [Fact]
    public async Task Applied_text_is_read_back()
    {
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text("h\u00e9llo \u2713")));
        AssertHolds(Text("h\u00e9llo \u2713"), await ReadAsync());
    }

    [Fact]
    public async Task Applied_content_carries_its_origin()
    {
        await ApplyAsync(Text("mine"));
        var read = await ReadAsync();
        Assert.NotNull(read);
        Assert.NotNull(read.Origin);
        Assert.Equal(Origin, read.Origin.Value.ToArray());
    }

    [Fact]
    public async Task Several_representations_stay_together_in_order()
    {
        var content = Content(
            (MediaTypes.Html, "<b>bold</b>"u8.ToArray()),
            (MediaTypes.Text, "bold"u8.ToArray()),
            (MediaTypes.Png, [0x89, 0x50, 0, 0xff])
        );
        await ApplyAsync(content);
        AssertHolds(content, await ReadAsync());
    }

    [Fact]
    public async Task Empty_text_is_text()
    {
        await ApplyAsync(Text(""));
        AssertHolds(Text(""), await ReadAsync());
    }

    [Fact]
    public async Task Large_content_is_whole()
    {
        var content = Content((MediaTypes.Png, Bytes(5_000_000)));
        await ApplyAsync(content);
        AssertHolds(content, await ReadAsync());
    }

    [Fact]
    public async Task Secret_content_is_read_as_concealed()
    {
        await ApplyAsync(Text("hunter2") with { Sensitivity = Sensitivity.Secret });
        Assert.True((await ReadAsync())!.Concealed);
        await ApplyAsync(Text("plain"));
        Assert.False((await ReadAsync())!.Concealed);
    }

    [Fact]
    public async Task The_newest_of_many_writes_holds()
    {
        for (var i = 0; i < 50; i++)
        {
            Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text($"write {i}")));
        }
        AssertHolds(Text("write 49"), await ReadAsync());
    }

    [Fact]
    public async Task A_copy_is_seen_once_and_without_our_origin()
    {
        await UserCopiesAsync(Text("copied"));
        var seen = await NextChangeAsync();
        AssertHolds(Text("copied"), seen);
        Assert.Null(seen.Origin);
        Assert.False(seen.Concealed);
        // If the first copy came twice, its second coming would stand before this one.
        await UserCopiesAsync(Text("copied later"));
        AssertHolds(Text("copied later"), await NextChangeAsync());
    }

    [Fact]
    public async Task A_copied_image_and_a_large_copy_are_seen_whole()
    {
        var small = Content((MediaTypes.Png, Bytes(1000)));
        await UserCopiesAsync(small);
        AssertHolds(Seen(small), await NextChangeAsync());
        var large = Content((MediaTypes.Html, Encoding.UTF8.GetBytes(new string('x', 3_000_000))));
        await UserCopiesAsync(large);
        AssertHolds(Seen(large), await NextChangeAsync());
    }

    [Fact]
    public async Task What_is_copied_can_be_read()
    {
        await UserCopiesAsync(Text("there"));
        await NextChangeAsync();
        AssertHolds(Text("there"), await ReadAsync());
    }

    [Fact]
    public async Task Our_own_writes_are_not_changes()
    {
        await ApplyAsync(Text("ours 1"));
        await ApplyAsync(Text("ours 2"));
        await UserCopiesAsync(Text("the user's"));
        AssertHolds(Text("the user's"), await NextChangeAsync());
        await ApplyAsync(Text("ours 3"));
        await UserCopiesAsync(Text("the user's again"));
        AssertHolds(Text("the user's again"), await NextChangeAsync());
    }

    [Fact]
    public async Task Writing_after_a_copy_takes_the_clipboard()
    {
        await UserCopiesAsync(Text("the user's"));
        await NextChangeAsync();
        Assert.Equal(ApplyOutcome.Applied, await ApplyAsync(Text("ours")));
        AssertHolds(Text("ours"), await ReadAsync());
    }

    [Fact]
    public async Task What_was_applied_is_cleared_by_its_origin()
    {
        await ApplyAsync(Text("gone in a minute"));
        await ClearAsync([7]);
        AssertHolds(Text("gone in a minute"), await ReadAsync());
        await ClearAsync(Origin);
        Assert.Null(await ReadAsync());
        // That was us: what is seen next is the user's.
        await UserCopiesAsync(Text("the user's"));
        AssertHolds(Text("the user's"), await NextChangeAsync());
    }

    [Fact]
    public async Task What_the_user_copied_since_is_not_cleared()
    {
        await ApplyAsync(Text("ours"));
        await UserCopiesAsync(Text("the user's"));
        await NextChangeAsync();
        await ClearAsync(Origin);
        AssertHolds(Text("the user's"), await ReadAsync());
    }

    [Fact]
    public async Task A_clipboard_that_somebody_emptied_is_a_change()
    {
        await UserCopiesAsync(Text("the user's"));
        await NextChangeAsync();
        await UserEmptiesAsync();
        Assert.True((await NextChangeAsync()).IsCleared);
        Assert.Null(await ReadAsync());
    }

    [Fact]
    public async Task Changes_end_when_the_clipboard_is_disposed()
    {
        await Watchdog.Within(Clipboard.DisposeAsync(), "the clipboard to stop");
        await Watchdog.Within(Clipboard.Changes.Completion, "the changes to end");
    }

    protected static ClipContent Text(string text) => Content((MediaTypes.Text, Encoding.UTF8.GetBytes(text)));

    protected static ClipContent Content(params (string Type, byte[] Bytes)[] representations) =>
        new([.. representations.Select(one => new ContentRepresentation(one.Type, one.Bytes))], Sensitivity.Normal);

    /// <summary>Bytes without a pattern that a cut or a repeated chunk could hide in.</summary>
    protected static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(7).NextBytes(bytes);
        return bytes;
    }

    protected Task<Snapshot> NextChangeAsync() =>
        Watchdog.Within(Clipboard.Changes.ReadAsync(), "the clipboard to report a copy");

    protected Task<Snapshot?> ReadAsync() =>
        Watchdog.Within(Clipboard.ReadAsync(CancellationToken.None), "the clipboard to be read");

    protected Task<ApplyOutcome> ApplyAsync(ClipContent content) =>
        Watchdog.Within(Clipboard.ApplyAsync(content, Origin, CancellationToken.None), "the clipboard to take content");

    protected Task ClearAsync(byte[] origin) =>
        Watchdog.Within(Clipboard.ClearAsync(origin, CancellationToken.None), "the clipboard to be cleared");

    protected static void AssertHolds(ClipContent expected, Snapshot? actual)
    {
        Assert.NotNull(actual);
        Assert.Empty(actual.Omitted);
        Assert.Equal(
            expected.Representations.Select(one => one.MediaType),
            actual.Representations.Select(one => one.MediaType)
        );
        foreach (var (want, have) in expected.Representations.Zip(actual.Representations))
        {
            Assert.True(
                want.Bytes.Span.SequenceEqual(have.Bytes.Span),
                $"{want.MediaType}: {have.Bytes.Length} bytes differ from the {want.Bytes.Length} expected"
            );
        }
    }
}
