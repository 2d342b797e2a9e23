using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Platform.Clipboards.Headless;
using Toss.Testing.Platform;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Platform;

public sealed class HeadlessClipboardTests : ClipboardConformance
{
    private HeadlessClipboard _headless = null!;

    protected override ValueTask<IClipboard> CreateAsync()
    {
        _headless = new HeadlessClipboard();
        return ValueTask.FromResult<IClipboard>(_headless);
    }

    protected override ValueTask UserCopiesAsync(ClipContent content)
    {
        _headless.Copy(content);
        return ValueTask.CompletedTask;
    }

    protected override ValueTask UserEmptiesAsync()
    {
        _headless.Empty();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Is_named_headless() => Assert.Equal("headless", _headless.Backend);

    [Fact]
    public async Task A_reader_that_is_behind_sees_the_newest_copies()
    {
        for (var i = 0; i < 100; i++)
        {
            _headless.Copy(Text($"copy {i}"));
        }
        var last = await NextChangeAsync();
        while (_headless.Changes.TryRead(out var next))
        {
            last = next;
        }
        AssertHolds(Text("copy 99"), last);
    }

    [Fact]
    public async Task What_is_over_the_limit_is_left_out_and_named()
    {
        var huge = new ContentRepresentation(MediaTypes.Png, new byte[Limits.CopiedContent + 1]);
        _headless.Copy(new Snapshot([.. Text("small").Representations, huge], false, null, []));
        var seen = await NextChangeAsync();
        Assert.Equal(MediaTypes.Text, Assert.Single(seen.Representations).MediaType);
        Assert.Equal(new OmittedFormat(MediaTypes.Png, OmittedReason.TooLarge), Assert.Single(seen.Omitted));
    }
}
