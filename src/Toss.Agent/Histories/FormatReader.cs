using Toss.Core.Streams;
using Toss.Wire;

namespace Toss.Agent.Histories;

/// <summary>
/// The content of one format, read piece by piece: a large one is opened chunk after chunk, as it is taken, and never whole in
/// memory; but one that was deflated is unpacked first.
/// </summary>
/// <param name="pieces">The content from that piece on: each of the size of a chunk but the last. Null if it is gone or damaged.</param>
internal sealed class FormatReader(Func<int, ValueTask<ReadOnlyMemory<byte>?>> pieces, long size, long offset)
    : ForwardReader
{
    private ReadOnlyMemory<byte> _piece;
    private long _at = offset;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_at >= size || buffer.Length == 0)
        {
            return 0;
        }
        if (_piece.IsEmpty)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _piece = await PieceAtAsync();
        }
        var length = Math.Min(buffer.Length, _piece.Length);
        _piece[..length].CopyTo(buffer);
        _piece = _piece[length..];
        _at += length;
        return length;
    }

    private async ValueTask<ReadOnlyMemory<byte>> PieceAtAsync()
    {
        var skipped = (int)(_at % Limits.BlobChunk);
        var piece = await pieces((int)(_at / Limits.BlobChunk));
        return piece is { } whole && whole.Length > skipped
            ? whole[skipped..(int)Math.Min(whole.Length, size - _at + skipped)]
            : throw new IOException("The content of this copy is damaged.");
    }
}
