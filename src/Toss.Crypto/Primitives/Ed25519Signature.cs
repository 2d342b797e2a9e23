using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Toss.Crypto.Primitives;

/// <summary>Ed25519 (RFC 8032, pure), always over label ‖ 0 ‖ body.</summary>
internal static class Ed25519Signature
{
    public const int SeedSize = 32;
    public const int PublicKeySize = 32;
    public const int Size = 64;

    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        var publicKey = new byte[PublicKeySize];
        Ed25519.GeneratePublicKey(seed, publicKey);
        return publicKey;
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message)
    {
        var signature = new byte[Size];
        Ed25519.Sign(seed, publicKey, message, signature);
        return signature;
    }

    /// <summary>
    /// False for a key that is not canonical, not on the curve, or not of the prime order: with a point of small order
    /// one signature would fit many messages.
    /// </summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        publicKey.Length == PublicKeySize
        && signature.Length == Size
        && Ed25519.ValidatePublicKeyFullExport(publicKey) is { } point
        && Ed25519.Verify(signature, point, message);

    /// <summary>label ‖ 0 ‖ body.</summary>
    public static byte[] Labelled(string label, ReadOnlySpan<byte> body)
    {
        var bytes = new byte[label.Length + 1 + body.Length];
        Encoding.ASCII.GetBytes(label, bytes);
        body.CopyTo(bytes.AsSpan(label.Length + 1));
        return bytes;
    }
}
