using Toss.Quic;
using Toss.Testing.Interop;
using Toss.Testing.Platform;

namespace Toss.Tests.Real.Interop;

/// <summary>Our side of HTTP/3: as a client it asks for documents, as a server it answers every request with one.</summary>
internal static class Http3Application
{
    /// <summary>What a server answers; to be called first with a connection.</summary>
    /// <param name="isFirst">Each side begins with a control stream (RFC 9114 §6.2.1).</param>
    public static async Task<byte[]> FetchAsync(QuicConnection connection, bool isFirst = true)
    {
        if (isFirst)
        {
            await BeginAsync(connection);
        }
        await using var stream = await Watchdog.Within(connection.OpenStreamAsync(), "a stream for the request");
        await stream.WriteAsync(Http3.Request("localhost", "/document"));
        stream.CompleteWrites();
        var response = await Watchdog.Within(stream.ToEndAsync(), "the document");
        return Http3.TryRead(response, out _, out var body) ? body : throw new InvalidDataException("No response.");
    }

    /// <summary>Until the connection is over.</summary>
    public static async Task ServeAsync(QuicConnection connection, byte[] document)
    {
        var answers = new List<Task>();
        try
        {
            await BeginAsync(connection);
            while (true)
            {
                answers.Add(AnswerAsync(await connection.AcceptStreamAsync(), document));
            }
        }
        catch (QuicException)
        {
            // The peer has what it wanted, or never will.
        }
        await Task.WhenAll(answers);
    }

    private static async Task BeginAsync(QuicConnection connection)
    {
        // It stays open as long as the connection (§6.2.1).
        var control = await Watchdog.Within(connection.OpenStreamAsync(unidirectional: true), "a control stream");
        await control.WriteAsync(Http3.ControlStream);
    }

    private static async Task AnswerAsync(QuicStream stream, byte[] document)
    {
        try
        {
            var request = await stream.ToEndAsync();
            if (stream.CanWrite && request.Length > 0)
            {
                await stream.WriteAsync(Http3.Response(200, document));
                stream.CompleteWrites();
            }
        }
        catch (QuicException)
        {
            // Control streams end with the connection.
        }
    }
}
