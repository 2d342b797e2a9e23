using System.Security.Cryptography;
using Toss.Core.Backups;
using Toss.Crypto.Backups;
using Toss.Wire;

namespace Toss.Agent.Backups;

/// <summary>Reads a backup as it comes, chunk by chunk: opens it and gives its records. On whatever thread it is called on.</summary>
internal sealed class BackupSource : IDisposable
{
    private readonly Stream _stream;
    private readonly BackupOpener _opener;
    private readonly BackupFrameReader _frames = new();
    private readonly byte[] _plain = new byte[BackupSealer.ChunkSize];
    private byte[] _sealed = new byte[BackupSealer.SealedChunkSize];
    private byte[] _ahead = new byte[BackupSealer.SealedChunkSize];
    private int _held = -1;
    private bool _isLast;

    private BackupSource(Stream stream, BackupOpener opener) => (_stream, _opener) = (stream, opener);

    /// <summary>Says of a backup's first bytes what <see cref="OpenAsync"/> would; blocks likewise.</summary>
    /// <exception cref="Control.ControlException">It is none, or not under this passphrase.</exception>
    public static void Check(ReadOnlySpan<byte> beginning, ReadOnlySpan<byte> passphrase) =>
        Open(beginning[..Math.Min(beginning.Length, BackupHeader.Size)], passphrase).Dispose();

    /// <summary>Blocks while the passphrase's key is derived: not on the agent's thread.</summary>
    /// <exception cref="Control.ControlException">It is none, or not under this passphrase.</exception>
    public static async Task<BackupSource> OpenAsync(
        Stream stream,
        ReadOnlyMemory<byte> passphrase,
        CancellationToken cancellation
    )
    {
        var header = new byte[BackupHeader.Size];
        var length = await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, cancellation);
        return new BackupSource(stream, Open(header.AsSpan(0, length), passphrase.Span));
    }

    /// <summary>The next record; null after the last.</summary>
    /// <exception cref="Control.ControlException">It is cut off, or damaged.</exception>
    public async ValueTask<BackupRecord?> NextAsync(CancellationToken cancellation)
    {
        while (true)
        {
            switch (_frames.TryNext(out var record))
            {
                case BackupFrame.Record:
                    return record;
                case BackupFrame.Malformed:
                    throw BackupFailures.Damaged();
                case BackupFrame.WantsMore when _isLast:
                    return _frames.IsOver ? null : throw BackupFailures.Truncated();
            }
            await FillAsync(cancellation);
        }
    }

    public void Dispose()
    {
        _opener.Dispose();
        _frames.Dispose();
        CryptographicOperations.ZeroMemory(_plain);
    }

    private static BackupOpener Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> passphrase)
    {
        var opening = BackupOpener.TryOpen(header, passphrase, out var opener);
        return opener ?? throw BackupFailures.Of(opening);
    }

    /// <summary>One ahead: a chunk says whether it is the last.</summary>
    private async ValueTask FillAsync(CancellationToken cancellation)
    {
        if (_held < 0)
        {
            _held = await ReadAsync(_sealed, cancellation);
        }
        var next = _held < _sealed.Length ? 0 : await ReadAsync(_ahead, cancellation);
        _isLast = next == 0;
        switch (_opener.Open(_sealed.AsSpan(0, _held), _isLast, _plain))
        {
            case BackupChunk.Truncated:
                throw BackupFailures.Truncated();
            case BackupChunk.Damaged:
                throw BackupFailures.Damaged();
        }
        _frames.Push(_plain);
        (_sealed, _ahead, _held) = (_ahead, _sealed, next);
    }

    private async ValueTask<int> ReadAsync(byte[] buffer, CancellationToken cancellation) =>
        await _stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
}
