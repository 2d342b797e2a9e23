using System.Buffers.Binary;
using System.Net;
using System.Text.Json;

namespace Toss.Control.Http;

/// <summary>The length of a list of files, the list as JSON, and the bytes of the files.</summary>
/// <param name="content">Null for the list alone.</param>
internal sealed class GivenBody(GivenFilesRequest request, Stream? content) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellation
    )
    {
        var list = JsonSerializer.SerializeToUtf8Bytes(request, ControlJson.Default.GivenFilesRequest);
        var length = new byte[ControlProtocol.ListLengthSize];
        BinaryPrimitives.WriteInt32BigEndian(length, list.Length);
        await stream.WriteAsync(length, cancellation);
        await stream.WriteAsync(list, cancellation);
        if (content is not null)
        {
            await content.CopyToAsync(stream, cancellation);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
