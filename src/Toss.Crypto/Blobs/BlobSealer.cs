using System.Buffers;
using System.Security.Cryptography;
using Toss.Wire;

namespace Toss.Crypto.Blobs;

/// <summary>
/// Seals content once, chunk by chunk, under a fresh key. Call <see cref="Seal"/> for each 128 KiB, the last marked final.
/// A source that changed is a new blob with a new sealer: no (key, nonce) ever seals two chunks. Not thread-safe.
/// </summary>
public sealed class BlobSealer : IDisposable
{
    private readonly byte[] _key = new byte[Aead.KeySize];
    private readonly ArrayBufferWriter<byte> _hashes = new();
    private int _next;
    private long _length;
    private bool _final;
    private bool _disposed;

    public BlobSealer(IRandomSource random) => random.Fill(_key);

    /// <summary>
    /// Writes the sealed chunk, ciphertext ‖ 16-byte tag, and gives its length. Every chunk but the final one is exactly
    /// <see cref="Limits.BlobChunk"/> long.
    /// </summary>
    public int Seal(ReadOnlySpan<byte> plaintext, bool final, Span<byte> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_final)
        {
            throw new InvalidOperationException("The final chunk is sealed.");
        }
        if (plaintext.Length > Limits.BlobChunk || (!final && plaintext.Length != Limits.BlobChunk))
        {
            throw new ArgumentException("Only the final chunk may be shorter, and none longer.", nameof(plaintext));
        }
        if (final && plaintext.IsEmpty && _next > 0)
        {
            // The number of chunks follows from the length; an empty last one would be one too many.
            throw new ArgumentException("Only an empty blob has an empty chunk.", nameof(plaintext));
        }
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        BlobChunkNonce.Write(_next, final, nonce);
        var chunk = destination[..(plaintext.Length + Aead.TagSize)];
        Aead.Seal(_key, nonce, [], plaintext, chunk);
        SHA256.HashData(chunk, _hashes.GetSpan(SHA256.HashSizeInBytes));
        _hashes.Advance(SHA256.HashSizeInBytes);
        _next = checked(_next + 1);
        _length += plaintext.Length;
        _final = final;
        return chunk.Length;
    }

    /// <summary>After the final chunk: what opens this blob.</summary>
    public BlobReference Finish()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_final)
        {
            throw new InvalidOperationException("The final chunk is not sealed yet.");
        }
        var hashes = _hashes.WrittenSpan.ToArray();
        return new(BlobReference.IdOf(_length, _key, hashes), _length, _key.ToArray(), hashes);
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_key);
    }
}
