using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Toss.Control;
using Toss.Control.Http;

namespace Toss.Cli.Daemon;

/// <summary>
/// Files whose bytes are in the request: a page has files of a person and no paths of this machine. Taken as they come, and told line by
/// line like those that have paths.
/// </summary>
internal sealed partial class ControlStreams
{
    private const string AnyBytes = "application/octet-stream";

    /// <summary>Beside the files: their list, and what a client spends on the framing of its chunks, generously.</summary>
    private const long MostBesideFiles = 2L * ControlProtocol.MaxFileList;

    private void MapGivenFiles(ControlRoutes routes)
    {
        var json = ControlJson.Default;
        const string list = "the length of a GivenFilesRequest (four bytes, big-endian), the GivenFilesRequest as JSON";
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.SendGivenFiles,
                $"Sends files whose bytes are given. The body is {list}, and the bytes of all files, one behind the other; closing the connection before `sealed` leaves nothing."
            )
            {
                Request = json.GivenFilesRequest,
                RequestMediaType = AnyBytes,
                Answer = json.SendEvent,
                AnswerMediaType = ControlProtocol.LinesMediaType,
            },
            SendGivenAsync
        );
        routes.Add(
            new ControlOperation(
                "POST",
                ControlProtocol.CheckGivenFiles,
                $"Whether such files would be taken now. The body is {list}."
            )
            {
                Request = json.GivenFilesRequest,
                RequestMediaType = AnyBytes,
            },
            CheckGivenAsync
        );
    }

    private async Task CheckGivenAsync(HttpContext context)
    {
        BoundBody(context, MostBesideFiles);
        var request = await ReadListAsync(context);
        await ControlRoutes.DoAsync(context, cancellation => control.CheckGivenFilesAsync(request, cancellation));
    }

    private async Task SendGivenAsync(HttpContext context)
    {
        BoundBody(context, ControlProtocol.MaxContent + MostBesideFiles);
        var request = await ReadListAsync(context);
        var body = context.Request.Body;
        try
        {
            await LinesAsync(
                context,
                cancellation => control.SendGivenFilesAsync(request, body, cancellation),
                ControlJson.Default.SendEvent,
                static (code, message, hint) => new SendFailed(code, message, hint)
            );
        }
        catch (ControlException)
        {
            await ReadToEndAsync(context);
            throw;
        }
        await ReadToEndAsync(context);
    }

    /// <summary>
    /// What is refused is read to its end all the same: who still sends it would hear of a torn connection, and not of why. A browser
    /// reads no answer before it has sent everything.
    /// </summary>
    private async Task ReadToEndAsync(HttpContext context)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending);
        try
        {
            await context.Request.Body.CopyToAsync(Stream.Null, either.Token);
        }
        catch (Exception failure) when (failure is IOException or OperationCanceledException)
        {
            // Nobody is there to hear why, or the agent ends.
        }
    }

    private static void BoundBody(HttpContext context, long most)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = most;
        }
    }

    private static async Task<GivenFilesRequest> ReadListAsync(HttpContext context)
    {
        var prefix = new byte[ControlProtocol.ListLengthSize];
        await ReadAllAsync(context, prefix);
        var length = BinaryPrimitives.ReadInt32BigEndian(prefix);
        if (length is < 0 or > ControlProtocol.MaxFileList)
        {
            throw new ControlException(ControlErrors.TooLarge, "The list of files is too long.");
        }
        var list = new byte[length];
        await ReadAllAsync(context, list);
        try
        {
            return JsonSerializer.Deserialize(list, ControlJson.Default.GivenFilesRequest) ?? throw new JsonException();
        }
        catch (JsonException)
        {
            throw new ControlException(ControlErrors.InvalidArgument, "The list of files is not well formed.");
        }
    }

    private static async Task ReadAllAsync(HttpContext context, byte[] buffer)
    {
        if (
            await context.Request.Body.ReadAtLeastAsync(
                buffer,
                buffer.Length,
                throwOnEndOfStream: false,
                context.RequestAborted
            ) < buffer.Length
        )
        {
            throw new ControlException(ControlErrors.InvalidArgument, "The list of files is missing.");
        }
    }
}
