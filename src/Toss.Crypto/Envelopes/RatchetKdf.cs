using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Envelopes;

/// <summary>The key derivations of the Double Ratchet (Signal, "The Double Ratchet Algorithm" §5.2) and of one envelope.</summary>
internal static class RatchetKdf
{
    public const int KeySize = 32;

    private static readonly byte[] MessageStep = LabelOnly(Labels.RatchetMessage);
    private static readonly byte[] ChainStep = LabelOnly(Labels.RatchetChain);

    /// <summary>One Diffie-Hellman step: overwrites the root key, returns the new chain key.</summary>
    public static byte[] StepRoot(byte[] root, ReadOnlySpan<byte> agreement)
    {
        Span<byte> output = stackalloc byte[2 * KeySize];
        Kdf.Derive(agreement, root, new Transcript(Labels.RatchetRoot), output);
        output[..KeySize].CopyTo(root);
        var chain = output[KeySize..].ToArray();
        CryptographicOperations.ZeroMemory(output);
        return chain;
    }

    /// <summary>One symmetric step: overwrites the chain key, returns the message key.</summary>
    public static byte[] StepChain(byte[] chain)
    {
        var message = HMACSHA256.HashData(chain, MessageStep);
        Span<byte> next = stackalloc byte[KeySize];
        HMACSHA256.HashData(chain, ChainStep, next);
        next.CopyTo(chain);
        CryptographicOperations.ZeroMemory(next);
        return message;
    }

    /// <summary>
    /// Key ‖ nonce of one envelope. The salt is random: a state that was rolled back derives the same message key again,
    /// but not the same key and nonce.
    /// </summary>
    public static void DeriveEnvelopeKey(
        ReadOnlySpan<byte> messageKey,
        ReadOnlySpan<byte> salt,
        Span<byte> keyAndNonce
    ) => Kdf.Derive(messageKey, salt, new Transcript(Labels.EnvelopeKey), keyAndNonce);

    private static byte[] LabelOnly(string label)
    {
        using var transcript = new Transcript(label);
        return transcript.Bytes.ToArray();
    }
}
