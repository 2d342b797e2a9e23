using System.Buffers.Binary;
using Toss.Core.Scheduling;
using Toss.Net.Quic;
using Toss.Quic;
using Toss.Wire;

namespace Toss.Net.Mdns;

/// <summary>One run's messages on one stream: each is its length (uint16, big-endian) and its bytes.</summary>
internal sealed class PairingStream(QuicConnection connection, QuicStream stream)
{
    /// <summary>For what was said last to arrive; the other side is in this network.</summary>
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(2);

    /// <summary>The next message; null at the end, or if what comes is none.</summary>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancellation)
    {
        var prefix = new byte[sizeof(ushort)];
        if (!await FillAsync(prefix, cancellation))
        {
            return null;
        }
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(prefix)];
        return message.Length is > 0 and <= Limits.PairingMessage && await FillAsync(message, cancellation)
            ? message
            : null;
    }

    /// <summary>False if it did not leave.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var framed = new byte[sizeof(ushort) + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed.AsMemory(sizeof(ushort)));
        try
        {
            await stream.WriteAsync(framed, cancellation);
            return true;
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            return false;
        }
    }

    /// <summary>Ends it once what was written has arrived, or nobody is there to take it.</summary>
    public async ValueTask EndAsync(TimeProvider time)
    {
        stream.CompleteWrites();
        await WithinAsync(stream.WritesClosed, time);
        await connection.CloseAsync();
    }

    public static bool IsEnd(Exception failure) =>
        failure is QuicException or OperationCanceledException or IOException or InvalidOperationException;

    private static async ValueTask WithinAsync(Task arrived, TimeProvider time)
    {
        var waiter = new Waiter<bool>();
        var watching = WatchAsync();
        try
        {
            await waiter.WaitAsync(s_farewell, time, CancellationToken.None);
            await watching;
        }
        catch (TimeoutException)
        {
            // It is gone; the connection's end ends the watch too.
        }

        async Task WatchAsync()
        {
            try
            {
                await arrived;
            }
            catch (Exception failure) when (IsEnd(failure))
            {
                // Never.
            }
            waiter.TrySet(true);
        }
    }

    private async ValueTask<bool> FillAsync(Memory<byte> bytes, CancellationToken cancellation)
    {
        try
        {
            return await stream.FillAsync(bytes, cancellation);
        }
        catch (Exception failure) when (IsEnd(failure))
        {
            return false;
        }
    }
}
