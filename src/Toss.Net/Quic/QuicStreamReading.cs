using Toss.Quic;

namespace Toss.Net.Quic;

internal static class QuicStreamReading
{
    /// <summary>
    /// Reads until the buffer is full; false if the stream ends before. In place of <see cref="Stream.ReadExactlyAsync(Memory{byte},
    /// CancellationToken)"/>, which does not continue on the caller's scheduler.
    /// </summary>
    /// <param name="came">Called whenever some of it came.</param>
    public static async ValueTask<bool> FillAsync(
        this QuicStream stream,
        Memory<byte> buffer,
        CancellationToken cancellation,
        Action? came = null
    )
    {
        while (!buffer.IsEmpty)
        {
            var length = await stream.ReadAsync(buffer, cancellation);
            if (length == 0)
            {
                return false;
            }
            came?.Invoke();
            buffer = buffer[length..];
        }
        return true;
    }
}
