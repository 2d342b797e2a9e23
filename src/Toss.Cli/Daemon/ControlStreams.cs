using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>Answers that go on: the events of a pairing, a line each, and those of the agent, as server-sent events.</summary>
/// <param name="ending">The server ends: whoever reads on is let go, or it would wait for them.</param>
internal sealed partial class ControlStreams(IControl control, ILogger log, TimeProvider time, CancellationToken ending)
{
    /// <summary>What fails has failed by then; then a stream begins, though nothing has happened.</summary>
    public static readonly TimeSpan Beginning = TimeSpan.FromMilliseconds(250);

    /// <summary>While nothing happens, this often: whoever is between takes a silent connection for a dead one.</summary>
    public static readonly TimeSpan StillThere = TimeSpan.FromSeconds(15);

    private static readonly byte[] lineEnd = "\n"u8.ToArray();

    public void Map(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Add(
            new ControlOperation(
                "GET",
                ControlProtocol.Events,
                "What happens, as it happens: a snapshot first, or what came after the given event if that is remembered."
            )
            {
                Answer = json.AgentEvent,
                AnswerMediaType = EventLines.MediaType,
                Headers = [(EventLines.PositionHeader, "The id of the last event that was read.", false)],
            },
            WatchAsync
        );
        AddPairing(
            routes,
            ControlProtocol.OpenPairing,
            "Opens a pairing and shows it, event by event; closing the connection withdraws the code.",
            control.OpenPairingAsync,
            json.OpenPairingRequest
        );
        AddPairing(
            routes,
            ControlProtocol.Join,
            "Joins the circle of a device that shows a code or a link.",
            control.JoinAsync,
            json.JoinRequest
        );
    }

    private void AddPairing<T>(
        ControlRoutes routes,
        string path,
        string summary,
        Func<T, CancellationToken, IAsyncEnumerable<PairingEvent>> open,
        JsonTypeInfo<T> type
    ) =>
        routes.Add(
            new ControlOperation("POST", path, summary)
            {
                Request = type,
                Answer = ControlJson.Default.PairingEvent,
                AnswerMediaType = ControlProtocol.LinesMediaType,
            },
            context => PairAsync(context, open, type)
        );

    private async Task WatchAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        EventPosition? after = EventPosition.TryParse(
            context.Request.Headers[EventLines.PositionHeader],
            out var position
        )
            ? position
            : null;
        context.Response.Headers.CacheControl = "no-store";
        var events = control.WatchAsync(after, either.Token).GetAsyncEnumerator(either.Token);
        try
        {
            await TellAsync(context, events, either);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The stream ends with the agent.
        }
        finally
        {
            await events.DisposeAsync();
        }
    }

    /// <summary>
    /// Begins soon, whether anything happens or not: who goes on where it was may have missed nothing, and is to know that it is
    /// connected. What fails at once is an error like any other.
    /// </summary>
    private async Task TellAsync(HttpContext context, IAsyncEnumerator<AgentEvent> events, CancellationTokenSource stop)
    {
        var body = context.Response.Body;
        var patience = Beginning;
        var next = events.MoveNextAsync().AsTask();
        try
        {
            while (true)
            {
                var isLate = !await HasEndedWithinAsync(next, patience);
                if (!isLate && !await next)
                {
                    return;
                }
                if (!context.Response.HasStarted)
                {
                    context.Response.ContentType = EventLines.MediaType;
                }
                patience = StillThere;
                if (isLate)
                {
                    await EventLines.WriteStillThereAsync(body, stop.Token);
                    continue;
                }
                await EventLines.WriteAsync(body, events.Current, stop.Token);
                next = events.MoveNextAsync().AsTask();
            }
        }
        finally
        {
            // It may be waited for still: whoever reads is gone.
            await stop.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Also true if it failed.</summary>
    private async Task<bool> HasEndedWithinAsync(Task next, TimeSpan patience)
    {
        using var over = new CancellationTokenSource();
        var ended = await Task.WhenAny(next, Task.Delay(patience, time, over.Token)) == next;
        await over.CancelAsync();
        return ended;
    }

    /// <summary>
    /// One event a line, each sent at once. What fails before the first event is an error like any other; afterwards it
    /// is the last event. The client that goes away cancels the pairing.
    /// </summary>
    private async Task PairAsync<T>(
        HttpContext context,
        Func<T, CancellationToken, IAsyncEnumerable<PairingEvent>> open,
        JsonTypeInfo<T> type
    )
    {
        var request = await ControlRoutes.ReadAsync(context, type);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        await using var events = open(request, either.Token).GetAsyncEnumerator(either.Token);
        var more = await events.MoveNextAsync();
        context.Response.ContentType = ControlProtocol.LinesMediaType;
        while (more)
        {
            await WriteLineAsync(context, events.Current);
            try
            {
                more = await events.MoveNextAsync();
            }
            catch (ControlException failure)
            {
                await WriteLineAsync(context, new PairingFailed(failure.Code, failure.Message, failure.Hint));
                return;
            }
            catch (Exception failure) when (!either.IsCancellationRequested)
            {
                LogFailed(failure);
                await WriteLineAsync(context, new PairingFailed(ControlErrors.Internal, "pairing failed", null));
                return;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The stream ends with the agent.
                return;
            }
        }
    }

    private static async Task WriteLineAsync(HttpContext context, PairingEvent next)
    {
        var body = context.Response.Body;
        await JsonSerializer.SerializeAsync(body, next, ControlJson.Default.PairingEvent, context.RequestAborted);
        await body.WriteAsync(lineEnd, context.RequestAborted);
        await body.FlushAsync(context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A pairing failed")]
    private partial void LogFailed(Exception failure);
}
