using System.Net;

namespace Toss.Control.Http;

/// <summary>
/// The body of a copy: streamed as it is read, and broken off when it passes the limit, so that a pipe that never ends
/// fails here with a clear word and not at the agent with a torn connection.
/// </summary>
internal sealed class BoundedContent(Stream source, long limit) : HttpContent
{
    private const int BufferSize = 64 * 1024;

    /// <summary>Set when the source was longer than the limit.</summary>
    public bool PassedLimit { get; private set; }

    public ControlException TooLarge() =>
        new(ControlErrors.TooLarge, $"the content is larger than {limit / (1024 * 1024)} MiB", "send a smaller one");

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellation
    )
    {
        var buffer = new byte[BufferSize];
        long total = 0;
        int read;
        while ((read = await source.ReadAsync(buffer, cancellation)) > 0)
        {
            total += read;
            if (total > limit)
            {
                PassedLimit = true;
                throw new HttpRequestException("the content is too large");
            }
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellation);
            await stream.FlushAsync(cancellation);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
