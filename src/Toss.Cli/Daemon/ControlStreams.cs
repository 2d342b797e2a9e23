using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>Answers that go on: the events of a pairing and of files that are sent, a line each, and those of the agent, as server-sent events.</summary>
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
        MapGivenFiles(routes);
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
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.SendFiles,
                "Sends files and folders of this machine, and says how far they are; closing the connection stops what has not arrived."
            )
            {
                Request = json.SendFilesRequest,
                Answer = json.SendEvent,
                AnswerMediaType = ControlProtocol.LinesMediaType,
            },
            context =>
                LinesAsync(
                    context,
                    control.SendFilesAsync,
                    json.SendFilesRequest,
                    json.SendEvent,
                    static (code, message, hint) => new SendFailed(code, message, hint)
                )
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
            context =>
                LinesAsync(
                    context,
                    open,
                    type,
                    ControlJson.Default.PairingEvent,
                    static (code, message, hint) => new PairingFailed(code, message, hint)
                )
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

    private async Task LinesAsync<T, TEvent>(
        HttpContext context,
        Func<T, CancellationToken, IAsyncEnumerable<TEvent>> open,
        JsonTypeInfo<T> request,
        JsonTypeInfo<TEvent> answer,
        Func<string, string, string?, TEvent> failed
    )
    {
        var said = await ControlRoutes.ReadAsync(context, request);
        await LinesAsync(context, cancellation => open(said, cancellation), answer, failed);
    }

    /// <summary>
    /// One event a line, each sent at once. What fails before the first event is an error like any other; afterwards it
    /// is the last event. The client that goes away cancels it.
    /// </summary>
    private async Task LinesAsync<TEvent>(
        HttpContext context,
        Func<CancellationToken, IAsyncEnumerable<TEvent>> open,
        JsonTypeInfo<TEvent> answer,
        Func<string, string, string?, TEvent> failed
    )
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        await using var events = open(either.Token).GetAsyncEnumerator(either.Token);
        var more = await events.MoveNextAsync();
        context.Response.ContentType = ControlProtocol.LinesMediaType;
        while (more)
        {
            await WriteLineAsync(context, events.Current, answer);
            try
            {
                more = await events.MoveNextAsync();
            }
            catch (ControlException failure)
            {
                await WriteLineAsync(context, failed(failure.Code, failure.Message, failure.Hint), answer);
                return;
            }
            catch (Exception failure) when (!either.IsCancellationRequested)
            {
                LogFailed(failure);
                await WriteLineAsync(
                    context,
                    failed(ControlErrors.Internal, "it failed; `toss logs` says more", null),
                    answer
                );
                return;
            }
            catch (OperationCanceledException) when (ending.IsCancellationRequested)
            {
                // The stream ends with the agent.
                return;
            }
        }
    }

    private static async Task WriteLineAsync<T>(HttpContext context, T next, JsonTypeInfo<T> type)
    {
        var body = context.Response.Body;
        await JsonSerializer.SerializeAsync(body, next, type, context.RequestAborted);
        await body.WriteAsync(lineEnd, context.RequestAborted);
        await body.FlushAsync(context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What was told line by line failed")]
    private partial void LogFailed(Exception failure);
}
