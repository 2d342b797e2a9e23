using System.Security.Cryptography;
using Toss.Crypto.Blobs;
using Toss.Wire;

namespace Toss.Crypto.Backups;

/// <summary>
/// Seals a backup, chunk by chunk, under a key that its passphrase and a fresh salt give. All chunks have one size, so that what is
/// missing of one shows by its length; what fills the last is the caller's. Not thread-safe.
/// </summary>
public sealed class BackupSealer : IDisposable
{
    /// <summary>Bytes of plaintext in each chunk.</summary>
    public const int ChunkSize = Limits.BlobChunk;

    /// <summary>And sealed.</summary>
    public const int SealedChunkSize = Limits.SealedBlobChunk;

    private readonly Aead _aead;
    private int _next;
    private bool _isFinal;

    /// <summary>Blocks for as long as the passphrase's derivation takes.</summary>
    /// <param name="passphrase">UTF-8.</param>
    /// <param name="salt">Of this backup alone: <see cref="BackupHeader.SaltSize"/> random bytes.</param>
    public BackupSealer(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, PassphraseCost cost)
    {
        Span<byte> key = stackalloc byte[BackupHeader.KeySize];
        Header = BackupHeader.Write(passphrase, salt, cost, key);
        _aead = new Aead(key);
        CryptographicOperations.ZeroMemory(key);
    }

    /// <summary>Comes first.</summary>
    public ReadOnlyMemory<byte> Header { get; }

    /// <summary>Writes ciphertext ‖ tag. Which chunk it is, and whether the last, is in its nonce.</summary>
    public void Seal(ReadOnlySpan<byte> plaintext, bool final, Span<byte> destination)
    {
        if (_isFinal)
        {
            throw new InvalidOperationException("The final chunk is sealed.");
        }
        if (plaintext.Length != ChunkSize)
        {
            throw new ArgumentException("All chunks have one size.", nameof(plaintext));
        }
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        BlobChunkNonce.Write(_next, final, nonce);
        _aead.Seal(nonce, [], plaintext, destination[..SealedChunkSize]);
        _next = checked(_next + 1);
        _isFinal = final;
    }

    public void Dispose() => _aead.Dispose();
}
