using Toss.Net;
using Xunit;

namespace Toss.Tests.Net;

public sealed class RelayDialTests
{
    [Fact]
    public async Task Where_nobody_listens_is_unreachable()
    {
        // Port 1 of loopback: refused at once.
        var dialled = await new WebSocketDialer(new NetworkOptions()).DialAsync(
            new Uri("ws://127.0.0.1:1/"),
            CancellationToken.None
        );
        Assert.Equal(new DialResult(null, DialOutcome.Unreachable), dialled);
    }
}
