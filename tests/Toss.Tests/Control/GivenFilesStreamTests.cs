using System.Net.Sockets;
using System.Text;
using Toss.Control;
using Toss.Control.Http;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>Files over the socket: whole, and a failure that is heard while the other side still writes.</summary>
public sealed class GivenFilesStreamTests : ControlBench
{
    /// <summary>More than any buffer between the two.</summary>
    private const int Large = 20_000_000;

    [Fact]
    public async Task They_pass_whole_and_what_becomes_of_them_comes_back()
    {
        var content = TestContent.Noise(Large);
        Agent.Sending = [new SendDelivery("ID-B", "phone", "received", null, null)];
        var request = new GivenFilesRequest([new(["ü"], null), new(["ü", "a b"], Large)], "phone");
        await Client.CheckGivenFilesAsync(request, Ct);
        Assert.Equal(
            [new SendReading(1, 0, 0, 1), .. Agent.Sending],
            await Client.SendGivenFilesAsync(request, new MemoryStream(content), Ct).ToListAsync(Ct)
        );
        Assert.Equal(content, Agent.GivenContent);
        Assert.Equal([$"check given ü= ü/a b={Large} to=phone", $"send given ü= ü/a b={Large} to=phone"], Agent.Calls);
    }

    /// <summary>Longer than a request that is no list may be.</summary>
    [Fact]
    public async Task A_long_list_is_taken()
    {
        var files = Enumerable.Range(0, 10_000).Select(i => new GivenFile([new string('x', 60), $"{i}"], 0));
        await Client.CheckGivenFilesAsync(new([.. files], null), Ct);
        Assert.Single(Agent.Calls);
    }

    [Fact]
    public async Task A_refusal_is_heard_though_much_is_still_to_be_sent()
    {
        Agent.Fail = new ControlException(ControlErrors.TooLarge, "too much");
        var failure = await Assert.ThrowsAsync<ControlException>(async () =>
            await Client.SendGivenFilesAsync(OneFile, new MemoryStream(new byte[Large]), Ct).ToListAsync(Ct)
        );
        Assert.Equal(ControlErrors.TooLarge, failure.Code);
        failure = await Assert.ThrowsAsync<ControlException>(() => Client.CheckGivenFilesAsync(OneFile, Ct));
        Assert.Equal(ControlErrors.TooLarge, failure.Code);
    }

    [Fact]
    public async Task A_failure_in_the_middle_is_heard_though_much_is_still_to_be_sent()
    {
        Agent.GivenFailsAfter = 100_000;
        var events = await Client.SendGivenFilesAsync(OneFile, new MemoryStream(new byte[Large]), Ct).ToListAsync(Ct);
        Assert.Equal(ControlErrors.Storage, Assert.IsType<SendFailed>(events[^1]).Code);
    }

    [Theory]
    [InlineData("", ControlErrors.InvalidArgument)]
    [InlineData("\0\0\0", ControlErrors.InvalidArgument)]
    [InlineData("\0\0\0\x05{}", ControlErrors.InvalidArgument)]
    [InlineData("\0\0\0\x02{}", ControlErrors.InvalidArgument)]
    [InlineData("\0\0\0\x04null", ControlErrors.InvalidArgument)]
    [InlineData("\x7F\x7F\x7F\x7F", ControlErrors.TooLarge)]
    public async Task What_has_no_list_before_it_is_refused(string body, string code)
    {
        foreach (var path in new[] { ControlProtocol.SendGivenFiles, ControlProtocol.CheckGivenFiles })
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), Ct);
            await socket.SendAsync(
                Encoding.Latin1.GetBytes(
                    $"POST {path} HTTP/1.1\r\nHost: toss\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"
                ),
                Ct
            );
            using var answer = new StreamReader(new NetworkStream(socket));
            Assert.Contains($"\"code\":\"{code}\"", await answer.ReadToEndAsync(Ct));
        }
        Assert.Empty(Agent.Calls);
    }

    private static GivenFilesRequest OneFile => new([new(["a"], Large)], null);
}
