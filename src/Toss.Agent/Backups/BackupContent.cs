using System.Security.Cryptography;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>
/// The large content of one clip as it comes out of a backup: verified chunk by chunk, as what a peer sends, and durable before the
/// clip is recorded. Disposed before <see cref="Keep"/>, nothing of it stays but what another clip, or a row of this one, holds.
/// </summary>
/// <param name="isRestoring">The clip is in history, and what is here of its content stays: somebody may be reading it.</param>
internal sealed class BackupContent(IBlobStore store, BlobCarrier carrier, Clip clip, bool isRestoring)
    : IAsyncDisposable
{
    private readonly Queue<BlobReference> _left = new(BlobsOf(clip));
    private BlobReference? _blob;
    private IBlobWriter? _writer;
    private byte[] _list = [];
    private int _listed;
    private int _next;
    private bool _isKept;

    /// <summary>Every blob is durable.</summary>
    public bool IsWhole => _blob is null && _left.Count == 0;

    /// <summary>In the order in which they stand in a backup, each once.</summary>
    public static IEnumerable<BlobReference> BlobsOf(Clip clip) => clip.Blobs.DistinctBy(static blob => blob.Id);

    /// <summary>All of it is on this disk.</summary>
    public static async ValueTask<bool> IsHereAsync(
        IBlobStore store,
        BlobReference blob,
        CancellationToken cancellation
    ) => await store.CountChunksAsync(blob.Id, cancellation) == blob.Pieces;

    /// <summary>False if it is not what comes next.</summary>
    public async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellation)
    {
        if (_blob is null && !await BeginAsync(cancellation))
        {
            return false;
        }
        return _listed < _list.Length ? TakeList(piece.Span) : await TakeChunkAsync(piece, cancellation);
    }

    /// <summary>The clip is recorded.</summary>
    public void Keep() => _isKept = true;

    public async ValueTask DisposeAsync()
    {
        if (_writer is { } writer)
        {
            await writer.DisposeAsync();
        }
        if (!_isKept)
        {
            await carrier.DiscardAsync(clip.Representations);
        }
    }

    private async ValueTask<bool> BeginAsync(CancellationToken cancellation)
    {
        if (!_left.TryDequeue(out var blob))
        {
            return false;
        }
        _blob = blob;
        if (!isRestoring || !await IsHereAsync(store, blob, cancellation))
        {
            if (isRestoring)
            {
                // What came of it once would lie beside it.
                await store.DeleteAsync(blob.Id, cancellation);
            }
            _writer = await store.CreateAsync(cancellation);
        }
        _list = blob.IsListApart ? new byte[blob.Chunks * SHA256.HashSizeInBytes] : [];
        (_listed, _next) = (0, 0);
        return true;
    }

    private bool TakeList(ReadOnlySpan<byte> piece)
    {
        if (piece.IsEmpty || piece.Length > _list.Length - _listed)
        {
            return false;
        }
        piece.CopyTo(_list.AsSpan(_listed));
        _listed += piece.Length;
        if (_listed < _list.Length)
        {
            return true;
        }
        var isOf = _blob!.TryWithList(_list, out var verified);
        _blob = verified;
        return isOf;
    }

    private async ValueTask<bool> TakeChunkAsync(ReadOnlyMemory<byte> chunk, CancellationToken cancellation)
    {
        if (!BlobOpener.Verify(_blob!, _next, chunk.Span))
        {
            return false;
        }
        if (_writer is not null)
        {
            await _writer.AppendAsync(chunk, cancellation);
        }
        if (++_next < _blob!.Chunks)
        {
            return true;
        }
        if (_writer is not null)
        {
            await CommitAsync(_writer, _blob.Id, cancellation);
        }
        (_writer, _blob) = (null, null);
        return true;
    }

    private async ValueTask CommitAsync(IBlobWriter writer, BlobId blob, CancellationToken cancellation)
    {
        if (_list.Length > 0)
        {
            await writer.AppendListAsync(_list, cancellation);
        }
        await writer.CommitAsync(blob, cancellation);
        await writer.DisposeAsync();
    }
}
