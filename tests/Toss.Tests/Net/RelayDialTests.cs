using Toss.Core.Ports;
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

    [Fact]
    public void A_visitor_has_another_key_at_each_relay_and_the_same_one_each_time()
    {
        var key = new Toss.Testing.Relay.TestMailboxKey(1);
        var own = new RelayAccount(new Uri("wss://a.example/"), key.Private, key.Public, "token");
        var b = VisitorAccount.At(new Uri("wss://b.example/"), own);
        var c = VisitorAccount.At(new Uri("wss://c.example/"), own);
        Assert.Equal(b.MailboxPublicKey, VisitorAccount.At(new Uri("wss://b.example/"), own).MailboxPublicKey);
        Assert.NotEqual(b.MailboxPublicKey, c.MailboxPublicKey);
        Assert.NotEqual(b.MailboxPublicKey, own.MailboxPublicKey);
        // Whoever admitted us here said nothing about there.
        Assert.Null(b.Token);
    }
}
