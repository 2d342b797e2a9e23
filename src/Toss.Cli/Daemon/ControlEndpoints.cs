using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>
/// One line a request of <see cref="IControl"/>. Bodies are read and written by generated JSON code, bounded; whatever
/// a request is, it is answered with JSON and does not harm the agent.
/// </summary>
internal sealed partial class ControlEndpoints(IControl control, ILogger log, TaskCompletionSource stopRequested)
{
    /// <summary>The longest a paste may wait: an hour is a script's mistake, not a wish.</summary>
    private static readonly TimeSpan MaxPasteWait = TimeSpan.FromHours(1);

    /// <summary>What a client may spend on the framing of its chunks: a few bytes for each 64 KiB, generously.</summary>
    private const long MaxFraming = 1024 * 1024;

    private static readonly byte[] LineEnd = "\n"u8.ToArray();

    public void Map(WebApplication app)
    {
        app.Use(GuardAsync);
        app.UseRouting();
        app.MapGet(
            ControlProtocol.Status,
            c => AnswerAsync(c, control.GetStatusAsync, ControlJson.Default.StatusReport)
        );
        app.MapGet(
            ControlProtocol.Doctor,
            c => AnswerAsync(c, control.ExamineAsync, ControlJson.Default.IReadOnlyListDoctorCheck)
        );
        app.MapGet(
            ControlProtocol.Devices,
            c => AnswerAsync(c, control.GetDevicesAsync, ControlJson.Default.IReadOnlyListDeviceReport)
        );
        app.MapGet(
            ControlProtocol.Config,
            c => AnswerAsync(c, control.GetConfigAsync, ControlJson.Default.IReadOnlyListConfigEntry)
        );
        app.MapPost(ControlProtocol.OpenPairing, OpenPairingAsync);
        app.MapPost(ControlProtocol.ConfirmPairing, ConfirmPairingAsync);
        app.MapPost(ControlProtocol.Join, JoinAsync);
        app.MapPost(ControlProtocol.Unpair, UnpairAsync);
        app.MapPost(ControlProtocol.Leave, c => DoAsync(c, control.LeaveAsync));
        app.MapPut(ControlProtocol.Rename, RenameAsync);
        app.MapPut(ControlProtocol.Config, SetConfigAsync);
        app.MapPost(ControlProtocol.Copy, CopyAsync);
        app.MapPost(ControlProtocol.Paste, PasteAsync);
        app.MapPost(ControlProtocol.History, HistoryAsync);
        app.MapPost(ControlProtocol.KeepHistory, KeepHistoryAsync);
        app.MapPost(ControlProtocol.Resume, c => DoAsync(c, control.ResumeAsync));
        app.MapPost(ControlProtocol.Trace, TraceAsync);
        app.MapPost(ControlProtocol.Bench, BenchAsync);
        MapRules(app);
        app.MapPost(ControlProtocol.Stop, StopAsync);
        app.MapFallback(_ => throw new ControlException(ControlErrors.InvalidArgument, "no such request"));
    }

    /// <summary>The version first, then the request; every failure leaves here as JSON.</summary>
    private async Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers[ControlProtocol.VersionHeader] = ControlProtocol.Version.ToString(
            System.Globalization.CultureInfo.InvariantCulture
        );
        try
        {
            if (ControlProtocol.RefusalByAgent(context.Request.Headers[ControlProtocol.VersionHeader]) is { } refusal)
            {
                throw refusal;
            }
            await next(context);
            if (!context.Response.HasStarted && context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed)
            {
                throw new ControlException(ControlErrors.InvalidArgument, "no such request");
            }
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer.
        }
        catch (ControlException failure)
        {
            await FailAsync(context, failure);
        }
        catch (BadHttpRequestException failure)
        {
            await FailAsync(
                context,
                failure.StatusCode == StatusCodes.Status413PayloadTooLarge
                    ? new ControlException(ControlErrors.TooLarge, "the request is too large")
                    : new ControlException(ControlErrors.InvalidArgument, "the request is not well formed")
            );
        }
        catch (Exception failure)
        {
            LogFailed(failure);
            await FailAsync(
                context,
                new ControlException(ControlErrors.Internal, "the toss agent failed at this request", "run `toss logs`")
            );
        }
    }

    private Task OpenPairingAsync(HttpContext context) =>
        StreamAsync(context, control.OpenPairingAsync, ControlJson.Default.OpenPairingRequest);

    private Task JoinAsync(HttpContext context) =>
        StreamAsync(context, control.JoinAsync, ControlJson.Default.JoinRequest);

    private async Task ConfirmPairingAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.ConfirmRequest);
        await DoAsync(
            context,
            cancellation => control.ConfirmPairingAsync(request.PairingId, request.Accept, cancellation)
        );
    }

    private async Task UnpairAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.UnpairRequest);
        await AnswerAsync(
            context,
            cancellation => control.UnpairAsync(request.Device, request.Keep, cancellation),
            ControlJson.Default.DeviceReport
        );
    }

    private async Task RenameAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.RenameRequest);
        await DoAsync(context, cancellation => control.RenameAsync(request.Name, cancellation));
    }

    private async Task SetConfigAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.SetConfigRequest);
        await AnswerAsync(
            context,
            cancellation => control.SetConfigAsync(request.Key, request.Value, cancellation),
            ControlJson.Default.ConfigEntry
        );
    }

    private async Task CopyAsync(HttpContext context)
    {
        // The web server counts the framing of chunks too; the content itself is counted by the stream below.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = ControlProtocol.MaxContent + MaxFraming;
        }
        if (context.Request.ContentLength > ControlProtocol.MaxContent)
        {
            throw BoundedStream.TooLarge(ControlProtocol.MaxContent);
        }
        var mediaType = Uri.UnescapeDataString(context.Request.Headers[ControlProtocol.MediaTypeHeader].ToString());
        if (mediaType.Length == 0)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "the media type is missing");
        }
        var isSecret = context.Request.Headers[ControlProtocol.SecretHeader] == ControlProtocol.Yes;
        await using var content = new BoundedStream(context.Request.Body, ControlProtocol.MaxContent);
        await AnswerAsync(
            context,
            cancellation => control.CopyAsync(mediaType, content, isSecret, cancellation),
            ControlJson.Default.CopyReport
        );
    }

    private async Task PasteAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.PasteRequest);
        TimeSpan? wait = request.WaitMilliseconds is { } milliseconds
            ? TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, (long)MaxPasteWait.TotalMilliseconds))
            : null;
        var content = await control.PasteAsync(request.MediaType, wait, context.RequestAborted);
        if (content is null)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        await using var stream = content.Content;
        context.Response.ContentType = "application/octet-stream";
        context.Response.Headers[ControlProtocol.MediaTypeHeader] = Uri.EscapeDataString(content.MediaType);
        await stream.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private async Task HistoryAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.HistoryRequest);
        await AnswerAsync(
            context,
            cancellation => control.GetHistoryAsync(request.Query, request.Limit, cancellation),
            ControlJson.Default.IReadOnlyListHistoryEntry
        );
    }

    private async Task KeepHistoryAsync(HttpContext context)
    {
        var password = new byte[ControlProtocol.MaxPassword + 1];
        try
        {
            var length = await context.Request.Body.ReadAtLeastAsync(
                password,
                password.Length,
                throwOnEndOfStream: false,
                context.RequestAborted
            );
            if (length > ControlProtocol.MaxPassword || password.AsSpan(0, length).Contains((byte)0))
            {
                throw new ControlException(ControlErrors.InvalidArgument, "this cannot be a password");
            }
            await DoAsync(
                context,
                cancellation => control.KeepHistoryAsync(password.AsMemory(0, length), cancellation)
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    private async Task TraceAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.TraceRequest);
        await AnswerAsync(
            context,
            cancellation => control.GetTraceAsync(request.Limit, cancellation),
            ControlJson.Default.IReadOnlyListTraceReport
        );
    }

    private async Task BenchAsync(HttpContext context)
    {
        var request = await ReadAsync(context, ControlJson.Default.BenchRequest);
        await AnswerAsync(
            context,
            cancellation => control.BenchAsync(request.Device, request.Megabytes, cancellation),
            ControlJson.Default.BenchReport
        );
    }

    private async Task StopAsync(HttpContext context)
    {
        await DoAsync(context, control.StopAsync);
        await context.Response.CompleteAsync();
        stopRequested.TrySetResult();
    }

    private static async Task DoAsync(HttpContext context, Func<CancellationToken, Task> request)
    {
        await request(context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task AnswerAsync<T>(
        HttpContext context,
        Func<CancellationToken, Task<T>> request,
        JsonTypeInfo<T> type
    )
    {
        var answer = await request(context.RequestAborted);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, answer, type, context.RequestAborted);
    }

    /// <summary>
    /// One event a line, each sent at once. What fails before the first event is an error like any other; afterwards it
    /// is the last event. The client that goes away cancels the pairing.
    /// </summary>
    private async Task StreamAsync<T>(
        HttpContext context,
        Func<T, CancellationToken, IAsyncEnumerable<PairingEvent>> open,
        JsonTypeInfo<T> type
    )
    {
        var request = await ReadAsync(context, type);
        await using var events = open(request, context.RequestAborted).GetAsyncEnumerator(context.RequestAborted);
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
            catch (Exception failure) when (!context.RequestAborted.IsCancellationRequested)
            {
                LogFailed(failure);
                await WriteLineAsync(context, new PairingFailed(ControlErrors.Internal, "pairing failed", null));
                return;
            }
        }
    }

    private static async Task WriteLineAsync(HttpContext context, PairingEvent next)
    {
        var body = context.Response.Body;
        await JsonSerializer.SerializeAsync(body, next, ControlJson.Default.PairingEvent, context.RequestAborted);
        await body.WriteAsync(LineEnd, context.RequestAborted);
        await body.FlushAsync(context.RequestAborted);
    }

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return request ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "the request is not well formed");
        }
    }

    private static async Task FailAsync(HttpContext context, ControlException failure)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out: only a torn connection tells the client that the rest does not come.
            context.Abort();
            return;
        }
        context.Response.StatusCode = StatusOf(failure.Code);
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(
            context.Response.Body,
            new ControlFailure(ControlError.Of(failure)),
            ControlJson.Default.ControlFailure,
            context.RequestAborted
        );
    }

    /// <summary>For people with curl; our own client reads the code.</summary>
    private static int StatusOf(string code) =>
        code switch
        {
            ControlErrors.InvalidArgument or ControlErrors.InvalidConfig => StatusCodes.Status400BadRequest,
            ControlErrors.NoSuchDevice => StatusCodes.Status404NotFound,
            ControlErrors.TooLarge => StatusCodes.Status413PayloadTooLarge,
            ControlErrors.UpdateNeeded => StatusCodes.Status426UpgradeRequired,
            ControlErrors.Internal or ControlErrors.Storage => StatusCodes.Status500InternalServerError,
            ControlErrors.RelayUnreachable => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status409Conflict,
        };

    [LoggerMessage(Level = LogLevel.Error, Message = "A control request failed")]
    private partial void LogFailed(Exception failure);
}
