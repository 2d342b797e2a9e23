using System.Buffers.Binary;
using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Identity;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Pairing;

/// <summary>What both sides share after a run: one key a direction and the transcript. Messages are numbered; order matters.</summary>
public sealed class PairingChannel : IDisposable
{
    private readonly SpakeRole _role;
    private readonly byte[] _keys;
    private readonly byte[] _transcript;
    private ulong _sent;
    private ulong _received;
    private bool _disposed;

    /// <param name="keys">Joiner to inviter ‖ inviter to joiner; taken over.</param>
    internal PairingChannel(SpakeRole role, byte[] keys, byte[] transcript)
    {
        _role = role;
        _keys = keys;
        _transcript = transcript;
    }

    /// <summary>A whole `PairingMessage` with the payload sealed inside. More than 16 KiB is the caller's mistake.</summary>
    public byte[] Seal(PairingPayload payload)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var plaintext = payload.ToByteArray();
        var ciphertext = new byte[plaintext.Length + Aead.TagSize];
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        WriteNonce(_sent, nonce);
        using var associated = Associated(_role);
        Aead.Seal(KeyOf(_role), nonce, associated.Bytes, plaintext, ciphertext);
        CryptographicOperations.ZeroMemory(plaintext);
        var message = PairingRun.Encode(
            new PairingMessage
            {
                Sealed = new PairingSealed { Ciphertext = UnsafeByteOperations.UnsafeWrap(ciphertext) },
            }
        );
        if (message.Length > Limits.PairingMessage)
        {
            throw new ArgumentException("The payload is larger than a pairing message may be.", nameof(payload));
        }
        _sent++;
        return message;
    }

    /// <summary>False if it is not the other side's next message; then the next one may still be.</summary>
    public bool TryOpen(ReadOnlySpan<byte> message, out PairingPayload payload)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        payload = null!;
        if (PairingRun.TryRead(message, out var parsed) != PairingFailure.None || parsed.Sealed is not { } sealedPart)
        {
            return false;
        }
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        WriteNonce(_received, nonce);
        using var associated = Associated(Other);
        if (
            !Aead.TryOpen(KeyOf(Other), nonce, associated.Bytes, sealedPart.Ciphertext.Span, out var plaintext)
            || !WireReader.TryRead<PairingPayload>(plaintext, Limits.PairingMessage, out var opened)
            || opened.PayloadCase == PairingPayload.PayloadOneofCase.None
        )
        {
            return false;
        }
        CryptographicOperations.ZeroMemory(plaintext);
        _received++;
        payload = opened;
        return true;
    }

    /// <summary>My DeviceKey's signature over my role and the transcript.</summary>
    public byte[] SignTranscript(DeviceKey self)
    {
        using var signed = SignedPart(_role);
        return self.SignExact(signed.Bytes);
    }

    /// <summary>Whether the peer's role and the transcript are signed by this key.</summary>
    public bool VerifyTranscript(ReadOnlySpan<byte> peerKey, ReadOnlySpan<byte> signature)
    {
        using var signed = SignedPart(Other);
        return Ed25519Signature.Verify(peerKey, signed.Bytes, signature);
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_keys);
    }

    public override string ToString() => "PairingChannel(…)";

    internal ReadOnlySpan<byte> Transcript => _transcript;

    private SpakeRole Other => _role == SpakeRole.A ? SpakeRole.B : SpakeRole.A;

    /// <summary>The key of what this role sends.</summary>
    private ReadOnlySpan<byte> KeyOf(SpakeRole sender) =>
        _keys.AsSpan(sender == SpakeRole.A ? 0 : Aead.KeySize, Aead.KeySize);

    private Transcript Associated(SpakeRole sender) =>
        new Transcript(Labels.PairingSealed).Add(NameOf(sender)).Add(_transcript);

    private Transcript SignedPart(SpakeRole signer) =>
        new Transcript(Labels.PairingSignature).Add(NameOf(signer)).Add(_transcript);

    private static string NameOf(SpakeRole role) => role == SpakeRole.A ? "joiner" : "inviter";

    private static void WriteNonce(ulong number, Span<byte> nonce)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt64BigEndian(nonce[4..], number);
    }
}
