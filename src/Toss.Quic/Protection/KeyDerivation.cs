using System.Security.Cryptography;

namespace Toss.Quic.Protection;

/// <summary>RFC 9001 §5.1, §5.2, §6.1.</summary>
internal static class KeyDerivation
{
    /// <summary>The longest of <see cref="SuiteParameters.SecretSize"/>.</summary>
    public const int LargestSecret = 48;

    /// <summary>Of version 1 (§5.2).</summary>
    private static ReadOnlySpan<byte> InitialSalt =>
        [
            0x38,
            0x76,
            0x2c,
            0xf7,
            0xf5,
            0x59,
            0x34,
            0xb3,
            0x4d,
            0x17,
            0x9a,
            0xe6,
            0xa4,
            0xc8,
            0x0c,
            0xad,
            0xcc,
            0xbb,
            0x7f,
            0x0a,
        ];

    /// <summary>HKDF-Expand-Label of TLS 1.3 with an empty context (RFC 8446 §7.1).</summary>
    public static void ExpandLabel(
        HashAlgorithmName hash,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> label,
        Span<byte> destination
    )
    {
        var prefix = "tls13 "u8;
        Span<byte> info = stackalloc byte[4 + prefix.Length + label.Length];
        info[0] = (byte)(destination.Length >> 8);
        info[1] = (byte)destination.Length;
        info[2] = (byte)(prefix.Length + label.Length);
        prefix.CopyTo(info[3..]);
        label.CopyTo(info[(3 + prefix.Length)..]);
        info[^1] = 0;
        HKDF.Expand(hash, secret, destination, info);
    }

    /// <param name="destinationId">That of the client's first Initial, or of the first after a Retry.</param>
    /// <param name="client">32 bytes.</param>
    /// <param name="server">32 bytes.</param>
    public static void InitialSecrets(ReadOnlySpan<byte> destinationId, Span<byte> client, Span<byte> server)
    {
        Span<byte> initial = stackalloc byte[32];
        HKDF.Extract(HashAlgorithmName.SHA256, destinationId, InitialSalt, initial);
        ExpandLabel(HashAlgorithmName.SHA256, initial, "client in"u8, client);
        ExpandLabel(HashAlgorithmName.SHA256, initial, "server in"u8, server);
        CryptographicOperations.ZeroMemory(initial);
    }

    /// <summary>The secret after a key update (§6.1).</summary>
    public static void NextSecret(HashAlgorithmName hash, ReadOnlySpan<byte> secret, Span<byte> next) =>
        ExpandLabel(hash, secret, "quic ku"u8, next);
}
