using System.Diagnostics;
using System.Net.WebSockets;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>Content from one WebSocket to another through <see cref="EchoServer"/>, in a process of its own.</summary>
internal sealed class EchoRun : IAsyncDisposable
{
    private readonly ChildProcess _server;
    private readonly ClientWebSocket _sender = new();
    private readonly ClientWebSocket _receiver = new();
    private readonly byte[] _received = new byte[2 * 1024 * 1024];

    private EchoRun(ChildProcess server) => _server = server;

    public static async Task<EchoRun> StartAsync()
    {
        var program = Path.ChangeExtension(typeof(EchoRun).Assembly.Location, null);
        var run = new EchoRun(new ChildProcess(new ProcessStartInfo(program, ["echo"])));
        var address = (await run._server.ReadLineAsync()).Replace("http:", "ws:", StringComparison.Ordinal);
        await run._receiver.ConnectAsync(new Uri($"{address}/receive"), default);
        await run._sender.ConnectAsync(new Uri($"{address}/send"), default);
        return run;
    }

    public async Task<TimeSpan> CarryAsync(byte[] content)
    {
        var begin = Stopwatch.GetTimestamp();
        var receiving = EchoServer.ReadAsync(_receiver, _received);
        await _sender.SendAsync(content.AsMemory(), WebSocketMessageType.Binary, true, default);
        var length = await Watchdog.Within(receiving, "the echo");
        var took = Stopwatch.GetElapsedTime(begin);
        return _received.AsSpan(0, length ?? 0).SequenceEqual(content)
            ? took
            : throw new InvalidOperationException("the echo changed the content");
    }

    public async ValueTask DisposeAsync()
    {
        _sender.Dispose();
        _receiver.Dispose();
        await _server.DisposeAsync();
    }
}
