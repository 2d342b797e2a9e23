using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Control.Http;
using Xunit;

namespace Toss.Tests.Control;

/// <summary>What the server does with callers that are not our client, or not of its version.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ControlServerTests : ControlBench
{
    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Fact]
    public void Only_the_owner_can_open_the_socket()
    {
        Assert.Equal(OwnerFile, File.GetUnixFileMode(Socket));
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(Path.GetDirectoryName(Socket)!));
    }

    [Fact]
    public async Task A_dead_agents_socket_is_replaced_and_an_open_folder_closed()
    {
        var folder = Directory.CreateTempSubdirectory("toss-control-");
        File.SetUnixFileMode(folder.FullName, OwnerFolder | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var path = Path.Combine(folder.FullName, "control.sock");
        await File.WriteAllTextAsync(path, "dead", Ct);
        await using (await ControlServer.StartAsync(path, Agent, NullLoggerFactory.Instance, Ct))
        {
            Assert.Equal(OwnerFolder, File.GetUnixFileMode(folder.FullName));
            using var client = new HttpControl(path);
            Assert.Equal("laptop", (await client.GetStatusAsync(Ct)).Device.Name);
        }
        Assert.False(File.Exists(path));
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(2, "agent is older")]
    [InlineData(0, "agent is newer")]
    public async Task A_program_of_another_version_is_refused_before_anything_is_done(int version, string says)
    {
        // A client that would take any answer: what refuses here is the server.
        var answer = await AskRawAsync(
            $"POST /pause HTTP/1.1\r\nHost: toss\r\n{ControlProtocol.VersionHeader}: {version}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        Assert.StartsWith("HTTP/1.1 426", answer);
        Assert.Contains(ControlErrors.UpdateNeeded, answer);
        Assert.Contains(says, answer);
        Assert.Empty(Agent.Calls);

        using var client = new HttpControl(Socket, version);
        var failure = await Assert.ThrowsAsync<ControlException>(() => client.PauseAsync(null, Ct));
        Assert.Equal(ControlErrors.UpdateNeeded, failure.Code);
        Assert.Contains(says, failure.Message);
        Assert.Contains("update", failure.Hint);
    }

    [Theory]
    [InlineData("7", "newer")]
    [InlineData("0", "older")]
    [InlineData("-1", "not a toss agent")]
    [InlineData("", "not a toss agent")]
    [InlineData(null, "not a toss agent")]
    public void An_agent_of_another_version_is_refused_by_the_client(string? header, string says) =>
        Assert.Contains(says, ControlProtocol.RefusalByClient(header)!.Message);

    [Fact]
    public async Task A_request_without_a_version_is_refused()
    {
        var answer = await AskRawAsync("GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        Assert.Contains(ControlErrors.UpdateNeeded, answer);
        Assert.Empty(Agent.Calls);
    }

    [Fact]
    public async Task A_body_above_the_limit_is_refused_on_both_sides()
    {
        var large = new string('x', ControlProtocol.MaxRequest);
        var failure = await Assert.ThrowsAsync<ControlException>(() => Client.RenameAsync(large, Ct));
        Assert.Equal(ControlErrors.TooLarge, failure.Code);
        Assert.Empty(Agent.Calls);

        using var client = new HttpControl(Socket) { MostContent = 64 * 1024 * 1024 };
        failure = await Assert.ThrowsAsync<ControlException>(() =>
            client.CopyAsync("text/plain", new EndlessStream(), false, Ct)
        );
        Assert.Equal(ControlErrors.TooLarge, failure.Code);
        Assert.Contains("64 MiB", failure.Message);
        Assert.Null(Agent.Copied);

        // Another client names the length and would go on: the server does not read it.
        var answer = await AskRawAsync(Request("PUT /name", $"Content-Length: {ControlProtocol.MaxRequest + 1}\r\n"));
        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("rename", StringComparison.Ordinal));
        answer = await AskRawAsync(
            Request($"POST /copy", $"Toss-Media-Type: text%2Fplain\r\nContent-Length: {ControlProtocol.MaxContent + 1}")
        );
        Assert.StartsWith("HTTP/1.1 413", answer);
        Assert.Null(Agent.Copied);
    }

    [Fact]
    public async Task Large_content_passes()
    {
        const int size = 64 * 1024 * 1024;
        await Client.CopyAsync("text/plain", new EndlessStream(size), false, Ct);
        Assert.Equal(size, Agent.Copied!.LongLength);
    }

    [Fact]
    public async Task Content_without_a_length_is_counted_to_the_byte()
    {
        await using var fits = new BoundedStream(new EndlessStream(100), 100);
        await fits.CopyToAsync(Stream.Null, Ct);
        await using var tooLong = new BoundedStream(new EndlessStream(101), 100);
        var failure = await Assert.ThrowsAsync<ControlException>(() => tooLong.CopyToAsync(Stream.Null, Ct));
        Assert.Equal(ControlErrors.TooLarge, failure.Code);
    }

    [Theory]
    [InlineData("\0\0\0\0\r\n\r\n")]
    [InlineData("GET\r\n\r\n")]
    [InlineData("\u0016\u0003\u0001\u0002\0\u0001\0")]
    [InlineData(
        "PUT /name HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 9\r\n\r\n{\"name\":}"
    )]
    [InlineData(
        "PUT /name HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
    )]
    [InlineData(
        "PUT /name HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 13\r\n\r\n{\"name\":null}"
    )]
    [InlineData(
        "PUT /name HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 4\r\n\r\nnull"
    )]
    [InlineData(
        "PUT /name HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )]
    [InlineData(
        "POST /join HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n[]"
    )]
    [InlineData(
        "POST /copy HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx"
    )]
    [InlineData(
        "POST /copy HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    )]
    [InlineData("GET /nowhere HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\n\r\n")]
    [InlineData("DELETE /status HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\n\r\n")]
    [InlineData("GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\nToss-Control-Version: 1\r\nConnection: close\r\n\r\n")]
    public async Task Garbage_is_refused_and_does_no_harm(string request)
    {
        var answer = await AskRawAsync(request);
        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 4"), answer);
        Assert.Null(Agent.Copied);
        Assert.DoesNotContain(Agent.Calls, call => call.StartsWith("rename") || call.StartsWith("join"));
        Assert.Equal("laptop", (await Client.GetStatusAsync(Ct)).Device.Name);
    }

    [Fact]
    public async Task Random_bytes_do_no_harm()
    {
        var random = new Random(20260304);
        for (var round = 0; round < 50; round++)
        {
            var bytes = new byte[random.Next(1, 600)];
            random.NextBytes(bytes);
            await AskRawAsync(Encoding.Latin1.GetString(bytes));
        }
        Assert.Equal("laptop", (await Client.GetStatusAsync(Ct)).Device.Name);
    }

    private static string Request(string line, string headers) =>
        $"{line} HTTP/1.1\r\nHost: toss\r\nToss-Control-Version: 1\r\nConnection: close\r\n{headers}\r\n\r\n";

    /// <summary>What the server says to these bytes until it closes, or we have said all and it has nothing to say.</summary>
    private async Task<string> AskRawAsync(string request)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), Ct);
        await socket.SendAsync(Encoding.Latin1.GetBytes(request), Ct);
        if (!request.Contains("HTTP/1.1"))
        {
            // Half a request would be waited for; a whole one with a closed end counts as given up.
            socket.Shutdown(SocketShutdown.Send);
        }
        var answer = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await socket.ReceiveAsync(buffer, Ct).AsTask().WaitAsync(Watchdog, Ct)) > 0)
            {
                answer.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (SocketException)
        {
            // Reset: also an end.
        }
        return answer.ToString();
    }

    /// <summary>Zeros, for ever or up to a length.</summary>
    private sealed class EndlessStream(long length = long.MaxValue) : Stream
    {
        private long _left = length;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, _left);
            _left -= read;
            Array.Clear(buffer, offset, read);
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
