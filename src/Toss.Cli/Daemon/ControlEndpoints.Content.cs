using System.Globalization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>The clipboard and history: bytes go as they are, and not as JSON.</summary>
internal sealed partial class ControlEndpoints
{
    private const string AnyBytes = "application/octet-stream";

    /// <summary>Bytes at a time: a turn at the agent brings several chunks.</summary>
    private const int PasteBuffer = 512 * 1024;

    /// <summary>The longest a paste may wait: an hour is a script's mistake, not a wish.</summary>
    private static readonly TimeSpan MaxPasteWait = TimeSpan.FromHours(1);

    /// <summary>What a client may spend on the framing of its chunks: a few bytes for each 64 KiB, generously.</summary>
    private const long MaxFraming = 1024 * 1024;

    private void MapContent(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        routes.Add(
            new ControlOperation("POST", ControlProtocol.Copy, "As if copied on this device.")
            {
                RequestMediaType = AnyBytes,
                Headers =
                [
                    (ControlProtocol.MediaTypeHeader, "Its media type, percent-encoded.", true),
                    (ControlProtocol.SecretHeader, $"`{ControlProtocol.Yes}` beside a secret.", false),
                ],
                Answer = json.CopyReport,
            },
            CopyAsync
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.Paste,
                "This device's clipboard in one media type, which the answer's header names; waits for it if asked to."
            )
            {
                Request = json.PasteRequest,
                AnswerMediaType = AnyBytes,
                MayBeEmpty = true,
            },
            PasteAsync
        );
        routes.Ask(
            "POST",
            ControlProtocol.History,
            "What was copied, newest first, page by page.",
            json.HistoryRequest,
            control.GetHistoryAsync,
            json.HistoryPage
        );
        routes.Add(
            new ControlOperation("GET", ControlProtocol.Clips + "{clip}", "A clip of history, and its formats.")
            {
                Answer = json.ClipReport,
            },
            ShowAsync
        );
        routes.Add(
            new ControlOperation(
                "GET",
                ControlProtocol.Clips + "{clip}" + ControlProtocol.Formats + "{format}",
                "One format of a clip, whole or from a byte on; its media type is in the answer's header."
            )
            {
                AnswerMediaType = AnyBytes,
                Headers = [("Range", "`bytes=FROM-` or `bytes=FROM-TO`.", false)],
            },
            ReadFormatAsync
        );
        routes.Ask(
            "POST",
            ControlProtocol.CopyAgain,
            "Copies a clip of history again, here and on the others.",
            json.CopyAgainRequest,
            control.CopyAgainAsync,
            json.CopyReport
        );
        routes.Ask(
            "POST",
            ControlProtocol.Delete,
            "Deletes clips from this device's history, until it is undone; or everywhere, for good.",
            json.DeleteRequest,
            control.DeleteAsync,
            json.DeleteReport
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.ClearHistory,
                "Deletes all of this device's history but what is pinned, until it is undone."
            )
            {
                Answer = json.DeleteReport,
            },
            ClearAsync
        );
        routes.Add(
            new ControlOperation("POST", ControlProtocol.UndoDelete, "Puts back what was deleted last.")
            {
                Answer = json.UndoReport,
            },
            UndoAsync
        );
        routes.Ask(
            "POST",
            ControlProtocol.MarkClip,
            "Pins a clip of history, puts tags on it, or takes them off.",
            json.MarkRequest,
            control.MarkClipAsync,
            json.HistoryEntry
        );
        routes.Get(
            ControlProtocol.Storage,
            "What history takes, and what it may take.",
            control.GetStorageAsync,
            json.StorageReport
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.KeepHistory,
                "Unlocks the history of a circle that removed this device. The body is this user's password, UTF-8."
            )
            {
                RequestMediaType = AnyBytes,
            },
            KeepHistoryAsync
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
        var report = await control.CopyAsync(mediaType, content, isSecret, context.RequestAborted);
        await ControlRoutes.AnswerAsync(context, report, ControlJson.Default.CopyReport);
    }

    private async Task PasteAsync(HttpContext context)
    {
        var request = await ControlRoutes.ReadAsync(context, ControlJson.Default.PasteRequest);
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
        context.Response.ContentType = AnyBytes;
        context.Response.Headers[ControlProtocol.MediaTypeHeader] = Uri.EscapeDataString(content.MediaType);
        await stream.CopyToAsync(context.Response.Body, PasteBuffer, context.RequestAborted);
    }

    private async Task ClearAsync(HttpContext context) =>
        await ControlRoutes.AnswerAsync(
            context,
            await control.ClearHistoryAsync(context.RequestAborted),
            ControlJson.Default.DeleteReport
        );

    private async Task UndoAsync(HttpContext context) =>
        await ControlRoutes.AnswerAsync(
            context,
            await control.UndoDeleteAsync(context.RequestAborted),
            ControlJson.Default.UndoReport
        );

    private async Task ShowAsync(HttpContext context)
    {
        var report = await control.GetClipAsync(ClipIn(context), context.RequestAborted);
        await ControlRoutes.AnswerAsync(context, report, ControlJson.Default.ClipReport);
    }

    private async Task ReadFormatAsync(HttpContext context)
    {
        if (
            !int.TryParse(context.Request.RouteValues["format"] as string, CultureInfo.InvariantCulture, out var format)
        )
        {
            throw new ControlException(ControlErrors.InvalidArgument, "a format has a number");
        }
        var range = RangeOf(context);
        var answer = context.Response;
        var content = await ReadFromAsync(context, format, range?.From ?? 0);
        await using var stream = content.Content;
        answer.ContentType = AnyBytes;
        answer.Headers.AcceptRanges = "bytes";
        answer.Headers[ControlProtocol.MediaTypeHeader] = Uri.EscapeDataString(content.MediaType);
        var length = content.Size;
        // Of nothing there is no part: a range says a first and a last byte.
        if (range is { } part && content.Size > 0)
        {
            var last = Math.Min(part.To ?? long.MaxValue, content.Size - 1);
            length = last - part.From + 1;
            answer.StatusCode = StatusCodes.Status206PartialContent;
            answer.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(part.From, last, content.Size);
        }
        answer.ContentLength = length;
        await StreamCopyOperation.CopyToAsync(stream, answer.Body, length, context.RequestAborted);
    }

    /// <summary>Whoever asks for what is beyond the end is told how much there is (RFC 9110, 15.5.17).</summary>
    private async Task<FormatContent> ReadFromAsync(HttpContext context, int format, long from)
    {
        try
        {
            return await control.ReadClipAsync(ClipIn(context), format, from, context.RequestAborted);
        }
        catch (ControlException failure) when (from > 0 && failure.Code == ControlErrors.InvalidArgument)
        {
            var clip = await control.GetClipAsync(ClipIn(context), context.RequestAborted);
            if (clip.Formats.FirstOrDefault(one => one.Number == format) is { } found && from >= found.Size)
            {
                context.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                context.Response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(found.Size);
            }
            throw;
        }
    }

    private static string ClipIn(HttpContext context) => (string)context.Request.RouteValues["clip"]!;

    /// <summary>One range that has a beginning; whatever else is asked for gets the whole, as RFC 9110 allows (14.2).</summary>
    private static (long From, long? To)? RangeOf(HttpContext context) =>
        context.Request.GetTypedHeaders().Range is { Unit.Value: "bytes", Ranges: { Count: 1 } ranges }
        && ranges.Single() is { From: { } from, To: var to }
            ? (from, to)
            : null;

    private async Task KeepHistoryAsync(HttpContext context)
    {
        using var password = await SecretBody.ReadAsync(context);
        if (password.Bytes.Span.Contains((byte)0))
        {
            throw new ControlException(ControlErrors.InvalidArgument, "this cannot be a password");
        }
        await ControlRoutes.DoAsync(context, cancellation => control.KeepHistoryAsync(password.Bytes, cancellation));
    }
}
