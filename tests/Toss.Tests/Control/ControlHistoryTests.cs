using System.Net;
using System.Net.Sockets;
using Toss.Control;
using Toss.Control.Http;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>History over the real socket.</summary>
public sealed class ControlHistoryTests : ControlBench
{
    [Fact]
    public async Task Questions_and_orders_arrive_with_everything_they_carry()
    {
        var request = new HistoryRequest(
            "a & b",
            7,
            "text",
            "phone",
            new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(1)),
            new DateTimeOffset(2026, 1, 3, 3, 4, 5, TimeSpan.Zero),
            "1.2.3",
            Pinned: true,
            Tag: "wörk"
        );
        Agent.Places.Enqueue("next");
        var page = await Client.GetHistoryAsync(request, Ct);
        Assert.Equal(("clip-2", "next"), (Assert.Single(page.Entries).Id, page.Next));
        Assert.Equal("image/x-ünï", (await Client.GetClipAsync("clip 2 ünï", Ct)).Formats[1].MediaType);
        Assert.Equal("clip-1", (await Client.CopyAgainAsync(new CopyAgainRequest("clip-2", true), Ct)).Clip);
        Assert.Equal(
            await Agent.DeleteAsync(new DeleteRequest(["a", "b"]), Ct),
            await Client.DeleteAsync(new DeleteRequest(["a", "b"]), Ct)
        );
        Assert.Equal(2, (await Client.DeleteAsync(new DeleteRequest(["c"], Everywhere: true), Ct)).Devices);
        Assert.Equal(12, (await Client.ClearHistoryAsync(Ct)).Clips);
        Assert.Equal(1, (await Client.UndoDeleteAsync(Ct)).Clips);
        var marked = await Client.MarkClipAsync(new MarkRequest("d", true, ["ä"], ["b"]), Ct);
        Assert.True(marked.Pinned);
        Assert.Equal(["ä"], marked.Tags);
        Assert.False((await Client.MarkClipAsync(new MarkRequest("d", Pinned: false), Ct)).Pinned);
        Assert.Equal(2, (await Client.RenewKeysAsync(Ct)).Devices);
        Assert.Equal(await Agent.GetStorageAsync(Ct), await Client.GetStorageAsync(Ct));
        var (about, told) = (await Agent.GetAboutAsync(Ct), await Client.GetAboutAsync(Ct));
        Assert.Equal(about.Parts, told.Parts);
        Assert.Equal(about, told with { Parts = about.Parts });
        Assert.Equal(
            [
                "history a & b limit=7 type=text device=phone since=2026-01-02T03:04:05.0000000+01:00 "
                    + "until=2026-01-03T03:04:05.0000000+00:00 before=1.2.3 pinned=yes tag=wörk",
                "show clip 2 ünï",
                "again clip-2 plain=True",
                "delete a b",
                "delete a b",
                "delete c everywhere",
                "clear",
                "undo",
                "mark d pinned=True +ä -b",
                "mark d pinned=False",
                "renew",
                "storage",
                "storage",
                "about",
                "about",
            ],
            Agent.Calls
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    public async Task A_format_comes_from_an_offset_to_its_end(int offset)
    {
        var content = await Client.ReadClipAsync("clip-2", 1, offset, Ct);
        await using var stream = content.Content;
        var read = new MemoryStream();
        await stream.CopyToAsync(read, Ct);
        Assert.Equal(Agent.FormatBytes[offset..], read.ToArray());
        Assert.Equal(("image/x-ünï", 6L), (content.MediaType, content.Size));
        Assert.Equal([$"read clip-2 1 from {offset}"], Agent.Calls);
    }

    [Theory]
    [InlineData(null, 200, "123456", null)]
    [InlineData("bytes=1-2", 206, "23", "bytes 1-2/6")]
    [InlineData("bytes=4-", 206, "56", "bytes 4-5/6")]
    [InlineData("bytes=4-99", 206, "56", "bytes 4-5/6")]
    [InlineData("bytes=6-7", 416, "the content ends before", "bytes */6")]
    [InlineData("bytes=99-", 416, "the content ends before", "bytes */6")]
    [InlineData("bytes=-2", 200, "123456", null)]
    [InlineData("bytes=0-0,2-3", 200, "123456", null)]
    [InlineData("lines=1-2", 200, "123456", null)]
    [InlineData("nonsense", 200, "123456", null)]
    public async Task Ranges_are_those_of_http(string? range, int status, string content, string? says)
    {
        Agent.FormatBytes = "123456"u8.ToArray();
        using var http = Http(Socket);
        var request = new HttpRequestMessage(HttpMethod.Get, "http://toss/clips/clip-2/formats/1");
        request.Headers.Add(ControlProtocol.VersionHeader, "1");
        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Contains(content, await answer.Content.ReadAsStringAsync(Ct));
        Assert.Equal(says, answer.Content.Headers.ContentRange?.ToString());
    }

    [Theory]
    [InlineData("bytes=0-")]
    [InlineData("bytes=0-5")]
    public async Task Of_nothing_there_is_no_part(string range)
    {
        Agent.FormatBytes = [];
        using var http = Http(Socket);
        var request = new HttpRequestMessage(HttpMethod.Get, "http://toss/clips/clip-2/formats/1");
        request.Headers.Add(ControlProtocol.VersionHeader, "1");
        request.Headers.TryAddWithoutValidation("Range", range);
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync(Ct));
    }

    [Theory]
    [InlineData("/clips/x/formats/y")]
    [InlineData("/clips/x/formats/-1x")]
    [InlineData("/clips/")]
    [InlineData("/clips/a/b")]
    public async Task What_is_no_clip_or_format_is_refused(string path)
    {
        using var http = Http(Socket);
        var request = new HttpRequestMessage(HttpMethod.Get, "http://toss" + path);
        request.Headers.Add(ControlProtocol.VersionHeader, "1");
        using var answer = await http.SendAsync(request, Ct);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Empty(Agent.Calls);
    }

    internal static HttpClient Http(string path) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellation) =>
                {
                    var socket = new System.Net.Sockets.Socket(
                        AddressFamily.Unix,
                        SocketType.Stream,
                        ProtocolType.Unspecified
                    );
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );
}
