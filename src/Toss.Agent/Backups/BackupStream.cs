using System.Security.Cryptography;
using Toss.Core.Streams;
using Toss.Crypto.Backups;

namespace Toss.Agent.Backups;

/// <summary>
/// A backup as it is read: sealed chunk by chunk, on the reader's thread, out of records that are asked for one by one. Holds one chunk
/// and one record.
/// </summary>
/// <param name="next">The next record; null after the last.</param>
/// <param name="end">Called once, when nobody reads any more.</param>
internal sealed class BackupStream(
    BackupSealer sealer,
    Func<CancellationToken, Task<ReadOnlyMemory<byte>?>> next,
    Func<Task> end
) : ForwardReader
{
    private readonly byte[] _plain = new byte[BackupSealer.ChunkSize];
    private readonly byte[] _sealed = new byte[BackupSealer.SealedChunkSize];
    private ReadOnlyMemory<byte> _frame;
    private ReadOnlyMemory<byte> _ready = sealer.Header;
    private bool _isOver;
    private bool _isDisposed;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }
        if (_ready.IsEmpty && !_isOver)
        {
            await FillAsync(cancellationToken);
        }
        var length = Math.Min(buffer.Length, _ready.Length);
        _ready[..length].CopyTo(buffer);
        _ready = _ready[length..];
        return length;
    }

    public override async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            sealer.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
            await end();
        }
        await base.DisposeAsync();
    }

    /// <summary>The last chunk is filled up with zeros.</summary>
    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        var filled = 0;
        while (filled < _plain.Length && !_isOver)
        {
            if (_frame.IsEmpty)
            {
                if (await next(cancellation) is not { } frame)
                {
                    _isOver = true;
                    break;
                }
                _frame = frame;
            }
            var length = Math.Min(_frame.Length, _plain.Length - filled);
            _frame.Span[..length].CopyTo(_plain.AsSpan(filled));
            _frame = _frame[length..];
            filled += length;
        }
        _plain.AsSpan(filled).Clear();
        sealer.Seal(_plain, _isOver, _sealed);
        _ready = _sealed;
    }
}
