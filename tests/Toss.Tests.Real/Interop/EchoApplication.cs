using Toss.Quic;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>Our side of what gopeer does: streams and datagrams that come back as they went.</summary>
internal static class EchoApplication
{
    /// <summary>Sends them all back, until the connection is over.</summary>
    /// <returns>Why it is over.</returns>
    public static async Task<CloseReason> ServeAsync(QuicConnection connection)
    {
        await Task.WhenAll(EchoDatagramsAsync(connection), EchoStreamsAsync(connection));
        return await connection.Closed;
    }

    /// <summary>So many streams at once, each of so many bytes, come back.</summary>
    public static async Task StreamsAsync(QuicConnection connection, int streams, int bytes) =>
        await Watchdog.Within(
            Task.WhenAll(Enumerable.Range(0, streams).Select(seed => StreamAsync(connection, seed, bytes))),
            $"{streams} streams of {bytes} bytes to come back"
        );

    /// <summary>So many datagrams come back, one after the other; on loopback none is lost.</summary>
    public static async Task DatagramsAsync(QuicConnection connection, int count)
    {
        for (var at = 0; at < count; at++)
        {
            await connection.SendDatagramAsync(BitConverter.GetBytes(at));
            var heard = await Watchdog.Within(connection.ReceiveDatagramAsync(), $"datagram {at} to come back");
            Assert.Equal(at, BitConverter.ToInt32(heard));
        }
    }

    private static async Task StreamAsync(QuicConnection connection, int seed, int bytes)
    {
        var sent = new byte[bytes];
        new Random(seed).NextBytes(sent);
        await using var stream = await connection.OpenStreamAsync();
        var writing = WriteAsync(stream, sent);
        var heard = await stream.ToEndAsync();
        await writing;
        Assert.Equal(sent, heard);
    }

    private static async Task WriteAsync(QuicStream stream, byte[] bytes)
    {
        await stream.WriteAsync(bytes);
        stream.CompleteWrites();
    }

    private static async Task EchoDatagramsAsync(QuicConnection connection)
    {
        try
        {
            while (true)
            {
                await connection.SendDatagramAsync(await connection.ReceiveDatagramAsync());
            }
        }
        catch (QuicException)
        {
            // It is over.
        }
    }

    private static async Task EchoStreamsAsync(QuicConnection connection)
    {
        var echoes = new List<Task>();
        try
        {
            while (true)
            {
                echoes.Add(EchoAsync(await connection.AcceptStreamAsync()));
            }
        }
        catch (QuicException)
        {
            // It is over.
        }
        await Task.WhenAll(echoes);
    }

    private static async Task EchoAsync(QuicStream stream)
    {
        try
        {
            await stream.CopyToAsync(stream);
            stream.CompleteWrites();
        }
        catch (QuicException)
        {
            // With the connection.
        }
    }
}
