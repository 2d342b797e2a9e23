using System.Security.Cryptography;
using Toss.Crypto.Blobs;

namespace Toss.Crypto.Backups;

/// <summary>Opens a backup's chunks, each in its turn. Not thread-safe.</summary>
public sealed class BackupOpener : IDisposable
{
    private readonly Aead _aead;
    private int _next;

    private BackupOpener(ReadOnlySpan<byte> key) => _aead = new Aead(key);

    /// <summary>Blocks for as long as the passphrase's derivation takes, which the header says within bounds.</summary>
    /// <param name="header">The first <see cref="BackupHeader.Size"/> bytes, or all there are.</param>
    /// <param name="passphrase">UTF-8.</param>
    public static BackupOpening TryOpen(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> passphrase,
        out BackupOpener? opener
    )
    {
        Span<byte> key = stackalloc byte[BackupHeader.KeySize];
        var opening = BackupHeader.Read(header, passphrase, key);
        opener = opening == BackupOpening.Opened ? new BackupOpener(key) : null;
        CryptographicOperations.ZeroMemory(key);
        return opening;
    }

    /// <summary>The next chunk into a buffer of <see cref="BackupSealer.ChunkSize"/> bytes, which is zeroed if it does not open.</summary>
    /// <param name="sealedChunk">So many bytes as there are, at most <see cref="BackupSealer.SealedChunkSize"/>.</param>
    /// <param name="isLast">Nothing comes after it.</param>
    public BackupChunk Open(ReadOnlySpan<byte> sealedChunk, bool isLast, Span<byte> plaintext)
    {
        var opened = plaintext[..BackupSealer.ChunkSize];
        if (sealedChunk.Length != BackupSealer.SealedChunkSize)
        {
            opened.Clear();
            return BackupChunk.Truncated;
        }
        if (TryOpen(sealedChunk, isLast, opened))
        {
            _next = checked(_next + 1);
            return BackupChunk.Opened;
        }
        // Whole, and others came after it: they are cut off.
        var isCut = isLast && TryOpen(sealedChunk, final: false, opened);
        opened.Clear();
        return isCut ? BackupChunk.Truncated : BackupChunk.Damaged;
    }

    public void Dispose() => _aead.Dispose();

    private bool TryOpen(ReadOnlySpan<byte> sealedChunk, bool final, Span<byte> plaintext)
    {
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        BlobChunkNonce.Write(_next, final, nonce);
        return _aead.TryOpen(nonce, [], sealedChunk, plaintext);
    }
}

/// <summary>What came of one chunk of a backup.</summary>
public enum BackupChunk
{
    Opened,

    /// <summary>The backup ends before its end.</summary>
    Truncated,

    /// <summary>It is not what was sealed, or not in its place, or something comes after the end.</summary>
    Damaged,
}
