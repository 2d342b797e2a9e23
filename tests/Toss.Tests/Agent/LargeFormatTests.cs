using Microsoft.Extensions.Time.Testing;
using Toss.Core.Clips;
using Toss.Testing.Agents;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>Content that says to be larger than memory may become.</summary>
public sealed class LargeFormatTests
{
    [Fact]
    public async Task What_would_unpack_into_more_than_memory_holds_is_damaged()
    {
        await using var a = await LoneAgent.StartAsync(
            1,
            new FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero))
        );
        var pieces = await a.OnAsync(async () =>
        {
            using var source = new MemoryStream(TestContent.Noise(100_000));
            var blob = await a.Agent.Blobs.SealAsync(source, default);
            return await a.Agent.Blobs.PiecesAsync(
                new Representation(MediaTypes.Text, Limits.CopiedContent + 1, null, blob),
                default
            );
        });
        Assert.Null(await pieces(0));
    }
}
