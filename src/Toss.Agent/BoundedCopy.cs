using Toss.Control;
using Toss.Core.Streams;

namespace Toss.Agent;

/// <summary>What was read of a stream, and then the rest of it; more than a limit is refused.</summary>
internal sealed class BoundedCopy(ReadOnlyMemory<byte> head, Stream rest, long limit) : ForwardReader
{
    private int _given;
    private long _at;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        if (_given < head.Length)
        {
            read = Math.Min(buffer.Length, head.Length - _given);
            head.Slice(_given, read).CopyTo(buffer);
            _given += read;
        }
        else
        {
            read = await rest.ReadAsync(buffer, cancellationToken);
        }
        _at += read;
        return _at <= limit
            ? read
            : throw new ControlException(
                ControlErrors.TooLarge,
                $"The content is larger than {limit / 1024 / 1024} MiB.",
                "See `toss config max-size`."
            );
    }
}
