using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Toss.Control.Http;

/// <summary>The events of an agent as server-sent events: the id is the position, the data one line of JSON.</summary>
public static class EventLines
{
    public const string MediaType = "text/event-stream";

    /// <summary>The position to go on from, as browsers send it too.</summary>
    public const string PositionHeader = "Last-Event-ID";

    private static readonly byte[] idField = "id: "u8.ToArray();
    private static readonly byte[] dataField = "\ndata: "u8.ToArray();
    private static readonly byte[] comment = ":\n\n"u8.ToArray();
    private static readonly byte[] end = "\n\n"u8.ToArray();

    public static async ValueTask WriteAsync(Stream body, AgentEvent happened, CancellationToken cancellation)
    {
        using var line = new MemoryStream();
        line.Write(idField);
        line.Write(System.Text.Encoding.ASCII.GetBytes(happened.Position.ToString()));
        line.Write(dataField);
        JsonSerializer.Serialize(line, happened, ControlJson.Default.AgentEvent);
        line.Write(end);
        await body.WriteAsync(line.GetBuffer().AsMemory(0, (int)line.Length), cancellation);
        await body.FlushAsync(cancellation);
    }

    /// <summary>No event: only that the stream is there. Readers pass over it.</summary>
    public static async ValueTask WriteStillThereAsync(Stream body, CancellationToken cancellation)
    {
        await body.WriteAsync(comment, cancellation);
        await body.FlushAsync(cancellation);
    }

    /// <summary>Until the agent ends, which is a <see cref="ControlException"/>: it is not there any more.</summary>
    internal static async IAsyncEnumerable<AgentEvent> ReadAsync(
        Stream body,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var events = SseParser
            .Create(body, static (_, data) => JsonSerializer.Deserialize(data, ControlJson.Default.AgentEvent))
            .EnumerateAsync(cancellation)
            .GetAsyncEnumerator(cancellation);
        while (await NextAsync(events) is { } next)
        {
            yield return next;
        }
        throw new ControlException(ControlErrors.NoDaemon, "the toss agent ended", "run `toss up`");
    }

    private static async ValueTask<AgentEvent?> NextAsync(IAsyncEnumerator<SseItem<AgentEvent?>> events)
    {
        try
        {
            return await events.MoveNextAsync() ? events.Current.Data : null;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            return null;
        }
        // An event without its discriminator is "not supported", not malformed.
        catch (Exception failure) when (failure is JsonException or NotSupportedException)
        {
            throw new ControlException(
                ControlErrors.Internal,
                "the toss agent answered with something this program cannot read",
                "update toss"
            );
        }
    }
}
