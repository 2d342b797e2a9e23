using System.Security.Cryptography;

namespace Toss.Crypto;

/// <summary>
/// AES-256-GCM with a 12-byte nonce and a 16-byte tag behind the ciphertext: the static methods for a key that is used
/// once, an instance for one that is used often. The only file that picks the implementation of the AEAD. An instance is
/// not thread-safe.
/// </summary>
internal sealed class Aead(ReadOnlySpan<byte> key) : IDisposable
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private readonly AesGcm _gcm = new(key, TagSize);

    /// <summary>Writes ciphertext ‖ tag; <paramref name="destination"/> is exactly <see cref="TagSize"/> longer than the plaintext.</summary>
    public static void Seal(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> plaintext,
        Span<byte> destination
    )
    {
        using var aead = new Aead(key);
        aead.Seal(nonce, associated, plaintext, destination);
    }

    /// <summary>False if it is not authentic; then the plaintext is empty.</summary>
    public static bool TryOpen(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> ciphertext,
        out byte[] plaintext
    )
    {
        plaintext = [];
        if (ciphertext.Length < TagSize)
        {
            return false;
        }
        var opened = new byte[ciphertext.Length - TagSize];
        using var aead = new Aead(key);
        if (!aead.TryOpen(nonce, associated, ciphertext, opened))
        {
            return false;
        }
        plaintext = opened;
        return true;
    }

    /// <summary>Writes ciphertext ‖ tag; <paramref name="destination"/> is exactly <see cref="TagSize"/> longer than the plaintext.</summary>
    public void Seal(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> plaintext,
        Span<byte> destination
    ) => _gcm.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], associated);

    /// <summary>
    /// False if it is not authentic; then <paramref name="plaintext"/>, which is exactly <see cref="TagSize"/> shorter
    /// than <paramref name="ciphertext"/>, is zeroed.
    /// </summary>
    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> ciphertext,
        Span<byte> plaintext
    )
    {
        try
        {
            _gcm.Decrypt(nonce, ciphertext[..^TagSize], ciphertext[^TagSize..], plaintext, associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    public void Dispose() => _gcm.Dispose();
}
