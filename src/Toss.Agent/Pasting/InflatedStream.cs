using System.IO.Compression;
using Toss.Core.Streams;
using Toss.Wire;

namespace Toss.Agent.Pasting;

/// <summary>
/// Deflated content (RFC 1951) as it was copied: exactly as many bytes as its clip says, or an <see cref="IOException"/>. Waits
/// for what is packed by itself: the runtime's stream would go on elsewhere than on its caller's scheduler. May be disposed while
/// it is read, by another thread.
/// </summary>
internal sealed class InflatedStream : ForwardReader
{
    private readonly Lock _gate = new();
    private readonly byte[] _piece = new byte[Limits.BlobChunk];
    private readonly MemoryStream _fed;
    private readonly DeflateStream _inflate;
    private readonly Stream _packed;
    private readonly long _size;
    private long _at;
    private bool _isReading;
    private bool _isClosed;

    public InflatedStream(Stream packed, long size)
    {
        (_packed, _size) = (packed, size);
        _fed = new MemoryStream(_piece) { Position = _piece.Length };
        _inflate = new DeflateStream(_fed, CompressionMode.Decompress);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at == _size || buffer.IsEmpty)
        {
            return 0;
        }
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _isReading = true;
        }
        try
        {
            return await InflateAsync(buffer, cancellationToken);
        }
        finally
        {
            lock (_gate)
            {
                _isReading = false;
                if (_isClosed)
                {
                    LetGo();
                }
            }
        }
    }

    private async ValueTask<int> InflateAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (true)
        {
            // Nothing means that it needs more; the stream is asked again then.
            if (TryInflate(buffer.Span[..(int)Math.Min(buffer.Length, _size - _at)], out var count))
            {
                _at += count;
                return count;
            }
            var fed = await _packed.ReadAsync(_piece, cancellation);
            if (fed == 0)
            {
                throw Damaged();
            }
            // At its end: a stream that is made longer clears what it gains.
            _piece.AsSpan(0, fed).CopyTo(_piece.AsSpan(_piece.Length - fed));
            _fed.Position = _piece.Length - fed;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            lock (_gate)
            {
                if (!_isClosed && !_isReading)
                {
                    LetGo();
                }
                _isClosed = true;
            }
            // Ends a read that waits for it.
            _packed.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Buffers of the runtime's stream go to others when it is disposed: not while a read uses them.</summary>
    private void LetGo()
    {
        _inflate.Dispose();
        Array.Clear(_piece);
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
