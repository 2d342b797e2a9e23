using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using Toss.Wire;

namespace Toss.Tests.Real.Faults;

/// <summary>
/// A relay that lies: it stands before a real one and passes everything on, and when told to be hostile it adds frames
/// of its own. What it adds comes from a seed and from what it saw.
/// </summary>
internal sealed class HostileRelay : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ConcurrentDictionary<int, Connection> _connections = [];
    private readonly ConcurrentQueue<byte[]> _envelopes = [];
    private readonly Uri _upstream;
    private readonly Task _running;
    private int _accepted;

    public HostileRelay(Uri upstream)
    {
        _upstream = upstream;
        var port = FreePort();
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));
        _listener.Start();
        Url = new Uri(string.Create(CultureInfo.InvariantCulture, $"ws://127.0.0.1:{port}/"));
        _running = AcceptAsync();
    }

    public Uri Url { get; }

    /// <summary>Connections ever made: a client that hangs up on nonsense comes again.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Envelopes that came by.</summary>
    public IReadOnlyCollection<byte[]> Seen => _envelopes;

    /// <summary>Sends a frame to every client that is connected now; how many took it.</summary>
    public async Task<int> SendAsync(ReadOnlyMemory<byte> frame)
    {
        var sent = 0;
        foreach (var connection in _connections.Values)
        {
            if (await connection.TrySendAsync(frame, _ending.Token))
            {
                sent++;
            }
        }
        return sent;
    }

    /// <summary>Hangs up on everybody.</summary>
    public void Drop()
    {
        foreach (var connection in _connections.Values)
        {
            connection.Client.Abort();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Abort();
        Drop();
        await _running;
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                serving.Add(ServeAsync(context));
            }
        }
        catch (Exception failure) when (failure is HttpListenerException or ObjectDisposedException)
        {
            // The end.
        }
        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(HttpListenerContext context)
    {
        try
        {
            using var upstream = new ClientWebSocket();
            upstream.Options.AddSubProtocol(ProtocolVersions.RelaySubprotocol);
            upstream.Options.Proxy = null;
            await upstream.ConnectAsync(new Uri(_upstream, ProtocolVersions.RelayPath), _ending.Token);
            var accepted = await context.AcceptWebSocketAsync(ProtocolVersions.RelaySubprotocol);
            var number = Interlocked.Increment(ref _accepted);
            using var connection = new Connection(accepted.WebSocket);
            _connections[number] = connection;
            try
            {
                await Task.WhenAny(
                    PumpAsync(connection.Client, frame => SendUpAsync(upstream, frame)),
                    PumpAsync(upstream, frame => PassOnAsync(connection, frame))
                );
            }
            finally
            {
                _connections.TryRemove(number, out _);
                connection.Client.Abort();
                upstream.Abort();
            }
        }
        catch (Exception failure)
            when (failure is WebSocketException or OperationCanceledException or HttpListenerException or IOException)
        {
            // Either side hung up.
        }
    }

    private async Task SendUpAsync(ClientWebSocket upstream, ReadOnlyMemory<byte> frame) =>
        await upstream.SendAsync(frame, WebSocketMessageType.Binary, true, _ending.Token);

    private async Task PassOnAsync(Connection connection, ReadOnlyMemory<byte> frame)
    {
        var parsed = RelayFrame.Parser.ParseFrom(frame.Span);
        if (parsed.Incoming is { } incoming)
        {
            _envelopes.Enqueue(incoming.Envelope.ToByteArray());
        }
        await connection.TrySendAsync(frame, _ending.Token);
    }

    private async Task PumpAsync(WebSocket from, Func<ReadOnlyMemory<byte>, Task> to)
    {
        var buffer = new byte[Limits.RelayFrame];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult received;
                do
                {
                    received = await from.ReceiveAsync(buffer.AsMemory(length), _ending.Token);
                    length += received.Count;
                } while (!received.EndOfMessage);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }
                await to(buffer.AsMemory(0, length));
            }
        }
        catch (Exception failure)
            when (failure is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // Either side hung up.
        }
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>One client; frames of the real relay and our own take turns.</summary>
    private sealed class Connection(WebSocket client) : IDisposable
    {
        private readonly SemaphoreSlim _turn = new(1, 1);

        public WebSocket Client => client;

        public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation)
        {
            await _turn.WaitAsync(cancellation);
            try
            {
                await client.SendAsync(frame, WebSocketMessageType.Binary, true, cancellation);
                return true;
            }
            catch (Exception failure)
                when (failure is WebSocketException or ObjectDisposedException or IOException or SocketException
                    || (failure is OperationCanceledException && !cancellation.IsCancellationRequested)
                )
            {
                // It hung up; a socket that is aborted in the middle of a write calls that a cancellation.
                return false;
            }
            finally
            {
                _turn.Release();
            }
        }

        public void Dispose() => client.Dispose();
    }
}
