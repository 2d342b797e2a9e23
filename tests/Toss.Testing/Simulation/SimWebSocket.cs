using System.Net.WebSockets;
using Toss.Core.Scheduling;

namespace Toss.Testing.Simulation;

/// <summary>The client's end of a stream as the WebSocket that the real network code drives.</summary>
internal sealed class SimWebSocket : WebSocket
{
    private readonly SimStream _stream;
    private readonly string _node;
    private readonly Queue<ReadOnlyMemory<byte>> _arrived = new();
    private readonly Wake _news = new(TimeProvider.System);
    private ReadOnlyMemory<byte> _current;
    private bool _inFrame;
    private WebSocketState _state = WebSocketState.Open;

    public SimWebSocket(SimStream stream, string node)
    {
        _stream = stream;
        _node = node;
        stream.ClientHears = Hear;
    }

    public override WebSocketState State => _state;

    public override WebSocketCloseStatus? CloseStatus => null;

    public override string? CloseStatusDescription => null;

    public override string? SubProtocol => Wire.ProtocolVersions.RelaySubprotocol;

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken
    )
    {
        while (!_inFrame)
        {
            if (_arrived.TryDequeue(out _current))
            {
                _inFrame = true;
                break;
            }
            if (_state != WebSocketState.Open)
            {
                throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
            }
            await _news.WaitAsync(cancellationToken);
        }
        var length = Math.Min(buffer.Length, _current.Length);
        _current[..length].CopyTo(buffer);
        _current = _current[length..];
        _inFrame = _current.Length > 0;
        return new ValueWebSocketReceiveResult(length, WebSocketMessageType.Binary, endOfMessage: !_inFrame);
    }

    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer,
        WebSocketMessageType messageType,
        bool endOfMessage,
        CancellationToken cancellationToken
    )
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_state != WebSocketState.Open)
        {
            throw new WebSocketException(WebSocketError.InvalidState);
        }
        _stream.SendToServer(buffer);
        return ValueTask.CompletedTask;
    }

    public override void Abort()
    {
        if (_state == WebSocketState.Open)
        {
            _state = WebSocketState.Aborted;
            _stream.Abort(_node);
        }
    }

    public override Task CloseOutputAsync(
        WebSocketCloseStatus closeStatus,
        string? statusDescription,
        CancellationToken cancellationToken
    )
    {
        Abort();
        return Task.CompletedTask;
    }

    public override Task CloseAsync(
        WebSocketCloseStatus closeStatus,
        string? statusDescription,
        CancellationToken cancellationToken
    ) => CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override Task SendAsync(
        ArraySegment<byte> buffer,
        WebSocketMessageType messageType,
        bool endOfMessage,
        CancellationToken cancellationToken
    ) => SendAsync(buffer.AsMemory(), messageType, endOfMessage, cancellationToken).AsTask();

    public override Task<WebSocketReceiveResult> ReceiveAsync(
        ArraySegment<byte> buffer,
        CancellationToken cancellationToken
    ) => throw new NotSupportedException("The network code receives into memory.");

    public override void Dispose() => Abort();

    private void Hear(ReadOnlyMemory<byte>? frame)
    {
        if (frame is { } arrived)
        {
            _arrived.Enqueue(arrived);
        }
        else
        {
            _state = WebSocketState.Aborted;
        }
        _news.Ring();
    }
}
