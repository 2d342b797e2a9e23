using System.Security.Cryptography;

namespace Toss.Crypto.Primitives;

/// <summary>HKDF-SHA-256 (RFC 5869), extract and expand. The info is always a <see cref="Transcript"/>, so it starts with a label.</summary>
internal static class Kdf
{
    public static void Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, Transcript info, Span<byte> output)
    {
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, output, salt, info.Bytes);
        info.Dispose();
    }

    public static byte[] Derive(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> salt, Transcript info, int length)
    {
        var output = new byte[length];
        Derive(secret, salt, info, output);
        return output;
    }
}
