using System.Net.WebSockets;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Net;

/// <summary>Whole frames over one WebSocket; every failure is an end, not an exception.</summary>
internal sealed class RelaySocket(WebSocket socket) : IAsyncDisposable
{
    /// <summary>How long a polite close may take.</summary>
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(1);

    private readonly Wake _wake = new(TimeProvider.System);
    private byte[] _buffer = new byte[8 * 1024];

    /// <summary>There may be something to send.</summary>
    public void Wake() => _wake.Ring();

    /// <summary>Sends what <paramref name="next"/> gives, each time it is woken, until cancelled or broken.</summary>
    public async Task SendAsync(Func<ReadOnlyMemory<byte>?> next, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                while (next() is { } frame)
                {
                    await socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
                }
                await _wake.WaitAsync(cancellation);
            }
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            if (!cancellation.IsCancellationRequested)
            {
                // Ends the receive too: an error on either side is noticed at once.
                socket.Abort();
            }
        }
    }

    /// <summary>
    /// The next frame, valid until the next call; null at the end, or if it is none of ours. Of one that is larger than
    /// frames may be, the beginning, which is larger too: for the session it is malformed.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>?> ReceiveAsync(CancellationToken cancellation)
    {
        try
        {
            var length = 0;
            while (true)
            {
                if (length == _buffer.Length)
                {
                    if (length > Limits.RelayFrame)
                    {
                        return _buffer.AsMemory(0, length);
                    }
                    Array.Resize(ref _buffer, Math.Min(length * 4, Limits.RelayFrame + 1));
                }
                var received = await socket.ReceiveAsync(_buffer.AsMemory(length), cancellation);
                length += received.Count;
                if (received.MessageType != WebSocketMessageType.Binary)
                {
                    return null;
                }
                if (received.EndOfMessage)
                {
                    return _buffer.AsMemory(0, length);
                }
            }
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            return null;
        }
    }

    public void Abort() => socket.Abort();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                // The relay then knows at once that we are gone.
                using var patience = new CancellationTokenSource(CloseWithin);
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
            }
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            // It is gone already.
        }
        socket.Dispose();
    }

    private static bool IsTransport(Exception exception) =>
        exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;
}
