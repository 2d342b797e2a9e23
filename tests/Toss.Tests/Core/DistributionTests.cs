using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class DistributionTests
{
    [Fact]
    public void The_smallest_travel_inline_up_to_the_limit_together()
    {
        var inline = Distribution.Inline([
            Bytes(MediaTypes.Png, Limits.InlineContent),
            Text("caption"),
            Bytes(MediaTypes.Html, 100),
        ]);

        Assert.Equal([false, true, true], inline);
    }

    [Theory]
    [InlineData(Limits.InlineContent, true)]
    [InlineData(Limits.InlineContent + 1, false)]
    public void One_representation_is_inline_up_to_64_KiB(int size, bool expected) =>
        Assert.Equal([expected], Distribution.Inline([Bytes(MediaTypes.Text, size)]));
}
