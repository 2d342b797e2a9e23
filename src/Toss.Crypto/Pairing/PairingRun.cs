using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Org.BouncyCastle.Math;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>What both sides of a run have in common: SPAKE2 with roles for identities, a KEM beside it, one context.</summary>
internal static class PairingRun
{
    private static readonly byte[] Joiner = Encoding.ASCII.GetBytes("toss-joiner");
    private static readonly byte[] Inviter = Encoding.ASCII.GetBytes("toss-inviter");

    public static BigInteger PasswordScalar(PairingCode code)
    {
        var uniform = code.DeriveW();
        var w = Spake2.ScalarFrom(uniform);
        CryptographicOperations.ZeroMemory(uniform);
        return w;
    }

    /// <summary>The AAD of both confirmations: whatever was said in the clear beside pA and pB.</summary>
    public static byte[] Context(
        PairingKind kind,
        ReadOnlySpan<byte> slot,
        ReadOnlySpan<byte> kemKey,
        ReadOnlySpan<byte> kemCiphertext
    )
    {
        using var context = new Transcript(Labels.PairingContext)
            .Add(ProtocolVersions.Pairing)
            .Add((uint)kind)
            .Add(slot)
            .Add(kemKey)
            .Add(kemCiphertext);
        return context.Bytes.ToArray();
    }

    public static bool TryFinish(
        SpakeRole role,
        BigInteger w,
        BigInteger secret,
        ReadOnlySpan<byte> shareA,
        ReadOnlySpan<byte> shareB,
        ReadOnlySpan<byte> context,
        out SpakeKeys keys
    ) => Spake2.TryFinish(role, w, secret, shareA, shareB, Joiner, Inviter, context, out keys);

    public static PairingChannel OpenChannel(
        SpakeRole role,
        SpakeKeys keys,
        ReadOnlySpan<byte> kemSecret,
        ReadOnlySpan<byte> shareA,
        ReadOnlySpan<byte> shareB,
        ReadOnlySpan<byte> context
    )
    {
        var transcript = new Transcript(Labels.PairingTranscript)
            .Add(context)
            .Add(shareA)
            .Add(shareB)
            .Add(keys.ConfirmA)
            .Add(keys.ConfirmB)
            .Hash();
        // Both secrets have a fixed length, 16 and 32 bytes: a recording opens nothing once either is gone.
        byte[] secret = [.. keys.Ke, .. kemSecret];
        var channelKeys = Kdf.Derive(
            secret,
            [],
            new Transcript(Labels.PairingChannel).Add(transcript),
            2 * Aead.KeySize
        );
        CryptographicOperations.ZeroMemory(secret);
        return new(role, channelKeys, transcript);
    }

    public static byte[] Encode(PairingMessage message)
    {
        message.Version = ProtocolVersions.Pairing;
        return message.ToByteArray();
    }

    public static byte[] EncodeFailure(PairingFailure failure) =>
        Encode(new PairingMessage { Failed = new PairingFailed { Reason = (uint)failure } });

    /// <summary>Judges version and form; what it says about the other side's failure is in the result.</summary>
    public static PairingFailure TryRead(ReadOnlySpan<byte> bytes, out PairingMessage message)
    {
        if (!WireReader.TryRead(bytes, Limits.PairingMessage, out message))
        {
            return PairingFailure.Malformed;
        }
        if (message.Version > ProtocolVersions.Pairing)
        {
            return PairingFailure.NewerVersion;
        }
        if (message.Version != ProtocolVersions.Pairing || message.StepCase == PairingMessage.StepOneofCase.None)
        {
            return PairingFailure.Malformed;
        }
        return PairingFailure.None;
    }
}
