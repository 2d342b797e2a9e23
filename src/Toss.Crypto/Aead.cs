using System.Security.Cryptography;

namespace Toss.Crypto;

/// <summary>
/// AES-256-GCM with a 12-byte nonce and a 16-byte tag behind the ciphertext. The only file that picks the
/// implementation of the AEAD.
/// </summary>
internal static class Aead
{
    public const int KeySize = 32;
    public const int NonceSize = 12;
    public const int TagSize = 16;

    /// <summary>Writes ciphertext ‖ tag; <paramref name="destination"/> is exactly <see cref="TagSize"/> longer than the plaintext.</summary>
    public static void Seal(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> plaintext,
        Span<byte> destination
    )
    {
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(nonce, plaintext, destination[..plaintext.Length], destination[plaintext.Length..], associated);
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
        var length = ciphertext.Length - TagSize;
        var opened = new byte[length];
        using var gcm = new AesGcm(key, TagSize);
        try
        {
            gcm.Decrypt(nonce, ciphertext[..length], ciphertext[length..], opened, associated);
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
        plaintext = opened;
        return true;
    }
}
