using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC.Multiplier;
using ECCurve = Org.BouncyCastle.Math.EC.ECCurve;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace Toss.Crypto.Pairing;

/// <summary>
/// SPAKE2 over P-256 with SHA-256, HKDF and HMAC (RFC 9382): what one side computes, without messages. Scalars are given,
/// so that the vectors of appendix B can be.
/// </summary>
internal static class Spake2
{
    public const int ShareSize = 65;
    public const int ScalarSize = 32;
    public const int ConfirmationSize = 32;

    private static readonly ECCurve Curve;
    private static readonly ECPoint Generator;
    private static readonly BigInteger Order;

    /// <summary>RFC 9382 §6.</summary>
    private static readonly ECPoint M;
    private static readonly ECPoint N;

    static Spake2()
    {
        var parameters = CustomNamedCurves.GetByName("P-256");
        Curve = parameters.Curve;
        Generator = parameters.G;
        Order = parameters.N;
        M = Point("02886e2f97ace46e55ba9dd7242579f2993b64e16ef3dcab95afd497333d8fa12f");
        N = Point("03d8bbd6c639c62937b04d997f38c3770719c629d7014d49a24b4f98baa1292b49");
    }

    /// <summary>Reduces uniform bytes modulo the order; 16 bytes more than the order has make the bias vanish.</summary>
    public static BigInteger ScalarFrom(ReadOnlySpan<byte> uniform) => new BigInteger(1, uniform).Mod(Order);

    public static BigInteger RandomScalar(IRandomSource random)
    {
        Span<byte> uniform = stackalloc byte[ScalarSize + 16];
        BigInteger scalar;
        do
        {
            random.Fill(uniform);
            scalar = ScalarFrom(uniform);
        } while (scalar.SignValue == 0);
        CryptographicOperations.ZeroMemory(uniform);
        return scalar;
    }

    /// <summary>pA = x·G + w·M, or pB = y·G + w·N; uncompressed.</summary>
    public static byte[] Share(SpakeRole role, BigInteger w, BigInteger secret) =>
        MultiplyFixed(Generator, secret).Add(MultiplyFixed(Mask(role), w)).Normalize().GetEncoded(false);

    /// <summary>
    /// From the other side's share to the keys. False if the share is no point of the curve in uncompressed form, or the
    /// result would be the point at infinity.
    /// </summary>
    public static bool TryFinish(
        SpakeRole role,
        BigInteger w,
        BigInteger secret,
        ReadOnlySpan<byte> shareA,
        ReadOnlySpan<byte> shareB,
        ReadOnlySpan<byte> identityA,
        ReadOnlySpan<byte> identityB,
        ReadOnlySpan<byte> associated,
        out SpakeKeys keys
    )
    {
        keys = null!;
        var other = role == SpakeRole.A ? SpakeRole.B : SpakeRole.A;
        if (!TryDecode(role == SpakeRole.A ? shareB : shareA, out var share))
        {
            return false;
        }
        var shared = share.Subtract(MultiplyFixed(Mask(other), w)).Multiply(secret).Normalize();
        if (shared.IsInfinity)
        {
            return false;
        }
        // RFC 9382 §3.3: TT, each part behind its 64-bit little-endian length.
        var wBytes = FixedLength(w);
        var point = shared.GetEncoded(false);
        var transcript = Concatenate(identityA, identityB, shareA, shareB, point, wBytes);
        CryptographicOperations.ZeroMemory(wBytes);
        CryptographicOperations.ZeroMemory(point);
        keys = SpakeKeys.Derive(transcript, associated);
        CryptographicOperations.ZeroMemory(transcript);
        return true;
    }

    /// <summary>Only 65 bytes, uncompressed, on the curve. P-256 has cofactor 1: on the curve is in the group.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> share, out ECPoint point)
    {
        point = null!;
        if (share.Length != ShareSize || share[0] != 4)
        {
            return false;
        }
        try
        {
            point = Curve.DecodePoint(share);
        }
        catch (ArgumentException)
        {
            return false;
        }
        return !point.IsInfinity && point.IsValid();
    }

    /// <summary>
    /// The comb's steps and memory accesses do not depend on the scalar, which for M and N is the code. (The one product
    /// left to the default multiplier takes a scalar that lives for this run only.)
    /// </summary>
    private static ECPoint MultiplyFixed(ECPoint point, BigInteger scalar) =>
        new FixedPointCombMultiplier().Multiply(point, scalar);

    private static ECPoint Mask(SpakeRole role) => role == SpakeRole.A ? M : N;

    private static ECPoint Point(string hex) => Curve.DecodePoint(Convert.FromHexString(hex));

    private static byte[] FixedLength(BigInteger scalar)
    {
        var bytes = new byte[ScalarSize];
        var significant = scalar.ToByteArrayUnsigned();
        significant.CopyTo(bytes, ScalarSize - significant.Length);
        CryptographicOperations.ZeroMemory(significant);
        return bytes;
    }

    private static byte[] Concatenate(
        ReadOnlySpan<byte> identityA,
        ReadOnlySpan<byte> identityB,
        ReadOnlySpan<byte> shareA,
        ReadOnlySpan<byte> shareB,
        ReadOnlySpan<byte> point,
        ReadOnlySpan<byte> w
    )
    {
        var length =
            (6 * 8) + identityA.Length + identityB.Length + shareA.Length + shareB.Length + point.Length + w.Length;
        var transcript = new byte[length];
        var rest = transcript.AsSpan();
        Append(identityA, ref rest);
        Append(identityB, ref rest);
        Append(shareA, ref rest);
        Append(shareB, ref rest);
        Append(point, ref rest);
        Append(w, ref rest);
        return transcript;

        static void Append(ReadOnlySpan<byte> part, ref Span<byte> rest)
        {
            BinaryPrimitives.WriteInt64LittleEndian(rest, part.Length);
            part.CopyTo(rest[8..]);
            rest = rest[(8 + part.Length)..];
        }
    }
}

/// <summary>A is the joiner, B the inviter.</summary>
internal enum SpakeRole
{
    A,
    B,
}
