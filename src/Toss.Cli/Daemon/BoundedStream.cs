using System.Globalization;
using Toss.Control;
using Toss.Core.Streams;

namespace Toss.Cli.Daemon;

/// <summary>A request's content, read once, that refuses to be longer than its limit.</summary>
internal sealed class BoundedStream(Stream source, long limit) : ForwardReader
{
    private long _read;

    public static ControlException TooLarge(long limit) =>
        new(
            ControlErrors.TooLarge,
            string.Create(CultureInfo.InvariantCulture, $"the content is larger than {limit / (1024 * 1024)} MiB"),
            "send a smaller one"
        );

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await source.ReadAsync(buffer, cancellationToken);
        _read += read;
        return _read > limit ? throw TooLarge(limit) : read;
    }
}
