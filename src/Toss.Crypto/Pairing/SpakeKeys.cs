using System.Security.Cryptography;

namespace Toss.Crypto.Pairing;

/// <summary>The key schedule and the confirmations of RFC 9382 §4.</summary>
internal sealed class SpakeKeys : IDisposable
{
    private const int HalfHash = 16;

    private readonly byte[] _confirmKeyA;
    private readonly byte[] _confirmKeyB;

    private SpakeKeys(byte[] ke, byte[] confirmKeyA, byte[] confirmKeyB, byte[] confirmA, byte[] confirmB)
    {
        Ke = ke;
        _confirmKeyA = confirmKeyA;
        _confirmKeyB = confirmKeyB;
        ConfirmA = confirmA;
        ConfirmB = confirmB;
    }

    /// <summary>16 bytes.</summary>
    public byte[] Ke { get; }

    /// <summary>cA = HMAC(KcA, TT).</summary>
    public byte[] ConfirmA { get; }

    /// <summary>cB = HMAC(KcB, TT).</summary>
    public byte[] ConfirmB { get; }

    internal ReadOnlySpan<byte> ConfirmKeyA => _confirmKeyA;

    internal ReadOnlySpan<byte> ConfirmKeyB => _confirmKeyB;

    public static SpakeKeys Derive(ReadOnlySpan<byte> transcript, ReadOnlySpan<byte> associated)
    {
        // Ke ‖ Ka = SHA-256(TT); KcA ‖ KcB = HKDF(Ka, "ConfirmationKeys" ‖ AAD). The RFC's labels, not ours.
        var hash = SHA256.HashData(transcript);
        byte[] info = [.. "ConfirmationKeys"u8, .. associated];
        Span<byte> confirmation = stackalloc byte[2 * HalfHash];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, hash.AsSpan(HalfHash), confirmation, [], info);
        var keyA = confirmation[..HalfHash].ToArray();
        var keyB = confirmation[HalfHash..].ToArray();
        var keys = new SpakeKeys(
            hash[..HalfHash],
            keyA,
            keyB,
            HMACSHA256.HashData(keyA, transcript),
            HMACSHA256.HashData(keyB, transcript)
        );
        CryptographicOperations.ZeroMemory(hash);
        CryptographicOperations.ZeroMemory(confirmation);
        return keys;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Ke);
        CryptographicOperations.ZeroMemory(_confirmKeyA);
        CryptographicOperations.ZeroMemory(_confirmKeyB);
    }
}
