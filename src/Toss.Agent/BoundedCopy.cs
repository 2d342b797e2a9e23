using Toss.Control;

namespace Toss.Agent;

/// <summary>What was read of a stream, and then the rest of it; more than a limit is refused.</summary>
internal sealed class BoundedCopy(ReadOnlyMemory<byte> head, Stream rest, long limit) : Stream
{
    private int _given;
    private long _at;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _at;
        set => throw new NotSupportedException();
    }

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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
