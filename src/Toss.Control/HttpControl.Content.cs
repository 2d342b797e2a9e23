using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Toss.Control.Http;

namespace Toss.Control;

/// <summary>The clipboard and history: bytes go as they are, and not as JSON.</summary>
public sealed partial class HttpControl
{
    public async Task<CopyReport> CopyAsync(
        string mediaType,
        Stream content,
        bool isSecret,
        CancellationToken cancellation
    )
    {
        var body = new BoundedContent(content, MostContent);
        var request = new HttpRequestMessage(HttpMethod.Post, ControlProtocol.Copy) { Content = body };
        request.Headers.Add(ControlProtocol.MediaTypeHeader, Uri.EscapeDataString(mediaType));
        if (isSecret)
        {
            request.Headers.Add(ControlProtocol.SecretHeader, ControlProtocol.Yes);
        }
        // A refusal (paused, wrong version) comes before the content is sent.
        request.Headers.ExpectContinue = true;
        try
        {
            return await AskAsync(request, ControlJson.Default.CopyReport, cancellation);
        }
        catch (ControlException) when (body.PassedLimit)
        {
            throw body.TooLarge();
        }
    }

    public async Task<PasteContent?> PasteAsync(string? mediaType, TimeSpan? wait, CancellationToken cancellation)
    {
        var request = Body(
            HttpMethod.Post,
            ControlProtocol.Paste,
            new PasteRequest(mediaType, (long?)wait?.TotalMilliseconds),
            ControlJson.Default.PasteRequest
        );
        var response = await SendAsync(request, cancellation);
        if (
            response.StatusCode == HttpStatusCode.NoContent
            || !response.Headers.TryGetValues(ControlProtocol.MediaTypeHeader, out var types)
        )
        {
            response.Dispose();
            return null;
        }
        // The response lives as long as its stream: disposing the stream gives the connection back.
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return new PasteContent(Uri.UnescapeDataString(types.First()), stream);
    }

    public Task<HistoryPage> GetHistoryAsync(HistoryRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.History, request, ControlJson.Default.HistoryRequest),
            ControlJson.Default.HistoryPage,
            cancellation
        );

    public Task<ClipReport> GetClipAsync(string clip, CancellationToken cancellation) =>
        GetAsync(PathOf(clip), ControlJson.Default.ClipReport, cancellation);

    public async Task<FormatContent> ReadClipAsync(string clip, int format, long offset, CancellationToken cancellation)
    {
        var number = format.ToString(CultureInfo.InvariantCulture);
        var request = new HttpRequestMessage(HttpMethod.Get, PathOf(clip) + ControlProtocol.Formats + number);
        request.Headers.Range = offset > 0 ? new RangeHeaderValue(offset, null) : null;
        var response = await SendAsync(request, cancellation);
        var size = response.Content.Headers.ContentRange?.Length ?? response.Content.Headers.ContentLength;
        if (size is null || !response.Headers.TryGetValues(ControlProtocol.MediaTypeHeader, out var types))
        {
            response.Dispose();
            throw Unreadable();
        }
        // The response lives as long as its stream: disposing the stream gives the connection back.
        var stream = await response.Content.ReadAsStreamAsync(cancellation);
        return new FormatContent(Uri.UnescapeDataString(types.First()), size.Value, stream);
    }

    public Task<CopyReport> CopyAgainAsync(CopyAgainRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.CopyAgain, request, ControlJson.Default.CopyAgainRequest),
            ControlJson.Default.CopyReport,
            cancellation
        );

    public Task<DeleteReport> DeleteAsync(DeleteRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.Delete, request, ControlJson.Default.DeleteRequest),
            ControlJson.Default.DeleteReport,
            cancellation
        );

    public Task<DeleteReport> ClearHistoryAsync(CancellationToken cancellation) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Post, ControlProtocol.ClearHistory),
            ControlJson.Default.DeleteReport,
            cancellation
        );

    public Task<UndoReport> UndoDeleteAsync(CancellationToken cancellation) =>
        AskAsync(
            new HttpRequestMessage(HttpMethod.Post, ControlProtocol.UndoDelete),
            ControlJson.Default.UndoReport,
            cancellation
        );

    public Task<HistoryEntry> MarkClipAsync(MarkRequest request, CancellationToken cancellation) =>
        AskAsync(
            Body(HttpMethod.Post, ControlProtocol.MarkClip, request, ControlJson.Default.MarkRequest),
            ControlJson.Default.HistoryEntry,
            cancellation
        );

    public Task<StorageReport> GetStorageAsync(CancellationToken cancellation) =>
        GetAsync(ControlProtocol.Storage, ControlJson.Default.StorageReport, cancellation);

    /// <summary>As bytes and not as JSON, whose text nobody could wipe.</summary>
    public Task KeepHistoryAsync(ReadOnlyMemory<byte> password, CancellationToken cancellation) =>
        DoAsync(
            new HttpRequestMessage(HttpMethod.Post, ControlProtocol.KeepHistory)
            {
                Content = new ReadOnlyMemoryContent(password),
            },
            cancellation
        );

    /// <summary>An id of one clip, and no other path; what is none is no clip either.</summary>
    private static string PathOf(string clip) => ControlProtocol.Clips + Uri.EscapeDataString(clip.Trim());
}
