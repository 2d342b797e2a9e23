using System.IO.Compression;
using Toss.Wire;

namespace Toss.Agent.Pasting;

/// <summary>
/// Deflated content (RFC 1951) as it was copied: exactly as many bytes as its clip says, or an <see cref="IOException"/>. Waits
/// for what is packed by itself: the runtime's stream would go on elsewhere than on its caller's scheduler.
/// </summary>
internal sealed class InflatedStream : Stream
{
    private readonly byte[] _piece = new byte[Limits.BlobChunk];
    private readonly MemoryStream _fed;
    private readonly DeflateStream _inflate;
    private readonly Stream _packed;
    private readonly long _size;
    private long _at;

    public InflatedStream(Stream packed, long size)
    {
        (_packed, _size) = (packed, size);
        _fed = new MemoryStream(_piece);
        _fed.SetLength(0);
        _inflate = new DeflateStream(_fed, CompressionMode.Decompress);
    }

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
        if (_at == _size || buffer.IsEmpty)
        {
            return 0;
        }
        while (true)
        {
            // Nothing means that it needs more; the stream is asked again then.
            if (TryInflate(buffer.Span[..(int)Math.Min(buffer.Length, _size - _at)], out var count))
            {
                _at += count;
                return count;
            }
            var fed = await _packed.ReadAsync(_piece, cancellationToken);
            if (fed == 0)
            {
                throw Damaged();
            }
            _fed.SetLength(fed);
            _fed.Position = 0;
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflate.Dispose();
            _packed.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool TryInflate(Span<byte> buffer, out int count)
    {
        try
        {
            count = _inflate.Read(buffer);
            return count > 0;
        }
        catch (InvalidDataException)
        {
            throw Damaged();
        }
    }

    private static IOException Damaged() => new("The content of this copy is damaged.");
}
