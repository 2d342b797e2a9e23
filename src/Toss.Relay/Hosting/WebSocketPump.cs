using System.Buffers;
using System.Net.WebSockets;
using Toss.Relay.Routing;
using Toss.Wire;

namespace Toss.Relay.Hosting;

/// <summary>
/// Carries frames between one WebSocket and the router. An idle connection holds no buffer: the receive waits with an
/// empty one and rents only when bytes are there. One frame is handled after the other, and none while answers pile up,
/// so a client that does not read is not read from either.
/// </summary>
internal sealed class WebSocketPump(Router router, RelayQuotas quotas, TimeProvider time, ILogger logger)
{
    /// <summary>Most frames are clips of a few KiB.</summary>
    private const int FirstBuffer = 8 * 1024;

    /// <summary>How long the last frames and the close may take.</summary>
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);

    /// <summary>Runs until either side ends it. Never throws.</summary>
    public async Task RunAsync(WebSocket socket, string address, CancellationToken cancellation)
    {
        using var signal = new SemaphoreSlim(1);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var connection = router.Connect(address, Wake);
        if (connection is null)
        {
            RelayLog.TooMany(logger);
            await CloseAsync(socket, WebSocketCloseStatus.PolicyViolation);
            return;
        }
        RelayLog.Connected(logger, connection.Number, address);
        var sending = SendAsync(socket, connection, signal, stop);
        try
        {
            await ReceiveAsync(socket, connection, stop.Token);
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            RelayLog.Broke(logger, connection.Number, exception.GetType().Name);
        }
        finally
        {
            // Deregister first: from here on nobody signals.
            router.Disconnect(connection);
            Wake();
            await sending;
            await stop.CancelAsync();
        }
        await CloseAsync(socket, WebSocketCloseStatus.NormalClosure);
        RelayLog.Disconnected(logger, connection.Number, connection.Mailbox?.Short ?? "none");

        void Wake()
        {
            try
            {
                // One permit is enough: the sender looks at everything each time.
                if (signal.CurrentCount == 0)
                {
                    signal.Release();
                }
            }
            catch (ObjectDisposedException)
            {
                // A late word for a connection that is gone.
            }
        }
    }

    private static bool IsTransport(Exception exception) =>
        exception is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;

    private async Task ReceiveAsync(WebSocket socket, Connection connection, CancellationToken cancellation)
    {
        while (!connection.IsClosing)
        {
            // Zero-byte receive: completes when there is something, without a buffer of ours.
            var ready = await socket.ReceiveAsync(Memory<byte>.Empty, cancellation);
            if (ready.MessageType == WebSocketMessageType.Close)
            {
                return;
            }
            var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
            try
            {
                var length = 0;
                ValueWebSocketReceiveResult received;
                do
                {
                    if (length == buffer.Length)
                    {
                        buffer = Grow(buffer, length);
                    }
                    received = await socket.ReceiveAsync(buffer.AsMemory(length), cancellation);
                    length += received.Count;
                    if (received.MessageType != WebSocketMessageType.Binary || length > Limits.RelayFrame)
                    {
                        // Not ours, or larger than any frame: nothing that follows can be understood.
                        return;
                    }
                } while (!received.EndOfMessage);
                await router.HandleAsync(connection, buffer.AsMemory(0, length));
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            while (!connection.HasRoom && !connection.IsClosing)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10), time, cancellation);
            }
        }
    }

    private async Task SendAsync(
        WebSocket socket,
        Connection connection,
        SemaphoreSlim signal,
        CancellationTokenSource stop
    )
    {
        var cancellation = stop.Token;
        try
        {
            while (true)
            {
                await signal.WaitAsync(cancellation);
                while (true)
                {
                    // Each time: on a busy circuit there is always a next frame, and envelopes go first.
                    await router.FillAsync(connection);
                    if (!connection.TryTake(out var frame))
                    {
                        break;
                    }
                    await SendOneAsync(socket, frame, cancellation);
                }
                if (connection.IsClosing)
                {
                    await CloseAsync(socket, WebSocketCloseStatus.NormalClosure);
                    // The client answers with its own close, which ends the receive; one that does not is cut off.
                    stop.CancelAfter(CloseWithin);
                    return;
                }
            }
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            RelayLog.Broke(logger, connection.Number, exception.GetType().Name);
            router.Disconnect(connection);
            socket.Abort();
        }
    }

    private async Task SendOneAsync(WebSocket socket, ReadOnlyMemory<byte> frame, CancellationToken cancellation)
    {
        var sending = socket.SendAsync(frame, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        if (sending.IsCompletedSuccessfully)
        {
            return;
        }
        var task = sending.AsTask();
        try
        {
            await task.WaitAsync(quotas.SendWithin, time, cancellation);
        }
        catch (TimeoutException)
        {
            // A slow reader is dropped, not buffered for: its mailbox keeps everything.
            socket.Abort();
            await task;
        }
    }

    private static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status)
    {
        using var patience = new CancellationTokenSource(CloseWithin);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await socket.CloseOutputAsync(status, null, patience.Token);
            }
        }
        catch (Exception exception) when (IsTransport(exception))
        {
            socket.Abort();
        }
    }

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, Limits.RelayFrame + 1));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
