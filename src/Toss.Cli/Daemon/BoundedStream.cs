using System.Globalization;
using Toss.Control;

namespace Toss.Cli.Daemon;

/// <summary>A request's content, read once, that refuses to be longer than its limit.</summary>
internal sealed class BoundedStream(Stream source, long limit) : Stream
{
    private long _read;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The web server's bodies are read asynchronously only.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
