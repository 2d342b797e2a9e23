using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class DeflationTests
{
    private static readonly byte[] s_text = Encoding.UTF8.GetBytes(
        string.Join('\n', Enumerable.Range(0, 50_000).Select(line => $"line {line} of a long text"))
    );

    [Theory]
    [InlineData(MediaTypes.Text)]
    [InlineData(MediaTypes.Html)]
    [InlineData(MediaTypes.Bmp)]
    public async Task What_shrinks_is_packed_and_comes_out_whole(string mediaType)
    {
        var packed = await Deflation.TryPackAsync(new ContentRepresentation(mediaType, s_text));
        Assert.NotNull(packed);
        Assert.InRange(packed.Value.Length, 1, s_text.Length / 2);
        var unpacked = await Deflation.TryUnpackAsync(packed.Value, s_text.Length);
        Assert.True(unpacked?.Span.SequenceEqual(s_text));
    }

    /// <summary>Where everybody is in one network, carrying it takes less time.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(PeerPathKind.Relay, true)]
    [InlineData(PeerPathKind.Direct, true)]
    [InlineData(PeerPathKind.Lan, false)]
    public async Task What_goes_no_further_than_this_network_stays(PeerPathKind? path, bool isPacked)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using var a = await LoneAgent.StartAsync(1, time);
        await using var b = await LoneAgent.StartAsync(2, time);
        await b.JoinAsync(a);
        if (path is { } kind)
        {
            a.Network.PathKind = kind;
            await a.AskAsync(() =>
            {
                a.Network.SetOnline(b.Id, true);
                return true;
            });
        }

        await a.Control.CopyAsync(MediaTypes.Text, new MemoryStream(s_text), false, default);

        var held = await a.OnAsync(() => a.Store.NewestClaimAsync(DateTimeOffset.MaxValue, default));
        Assert.Equal(isPacked, Assert.Single(held!.Clip.Representations).IsDeflated);
    }

    [Fact]
    public async Task What_does_not_shrink_or_is_packed_already_stays()
    {
        Assert.Null(await Deflation.TryPackAsync(new ContentRepresentation(MediaTypes.Png, s_text)));
        Assert.Null(await Deflation.TryPackAsync(FormatSamples.OfSize(MediaTypes.Bmp, 200_000)));
        // Its beginning shrinks, and the rest does not.
        byte[] mixed = [.. s_text[..65_536], .. FormatSamples.OfSize(MediaTypes.Bmp, 4_000_000).Bytes.Span];
        Assert.Null(await Deflation.TryPackAsync(new ContentRepresentation(MediaTypes.Tiff, mixed)));
    }

    [Fact]
    public async Task What_is_not_exactly_as_long_as_it_says_is_nothing()
    {
        var packed = (await Deflation.TryPackAsync(new ContentRepresentation(MediaTypes.Text, s_text)))!.Value;
        Assert.Null(await Deflation.TryUnpackAsync(packed, s_text.Length - 1));
        Assert.Null(await Deflation.TryUnpackAsync(packed, s_text.Length + 1));
        Assert.Null(await Deflation.TryUnpackAsync(packed[..^10], s_text.Length));
        Assert.Null(await Deflation.TryUnpackAsync(FormatSamples.OfSize(MediaTypes.Png, 1000).Bytes, s_text.Length));
    }
}
