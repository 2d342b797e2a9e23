using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Identity;

/// <summary>A device's Ed25519 key (RFC 8032), made once. Its id is derived from the public half.</summary>
public sealed class DeviceKey : IDisposable
{
    /// <summary>Bytes of <see cref="Export"/>: the Ed25519 seed.</summary>
    public const int SeedSize = Ed25519Signature.SeedSize;

    private const int TlsPadding = 64;

    private readonly byte[] _seed;
    private readonly byte[] _publicKey;
    private bool _disposed;

    private DeviceKey(byte[] seed)
    {
        _seed = seed;
        _publicKey = Ed25519Signature.PublicKeyOf(seed);
        Id = SignedStatements.IdOf(_publicKey);
    }

    public static DeviceKey Generate(IRandomSource random)
    {
        var seed = new byte[SeedSize];
        random.Fill(seed);
        return new(seed);
    }

    /// <summary>False unless the seed has <see cref="SeedSize"/> bytes.</summary>
    public static bool TryImport(ReadOnlySpan<byte> seed, out DeviceKey key)
    {
        key = seed.Length == SeedSize ? new(seed.ToArray()) : null!;
        return key is not null;
    }

    public DeviceId Id { get; }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey => _publicKey;

    /// <summary>Signature over label ‖ 0 ‖ body; the label is one of <see cref="Labels"/>.</summary>
    public Signed Sign(string label, ReadOnlySpan<byte> body) =>
        new()
        {
            Body = ByteString.CopyFrom(body),
            Signer = ByteString.CopyFrom(_publicKey),
            Signature = ByteString.CopyFrom(SignExact(Ed25519Signature.Labelled(label, body))),
        };

    /// <summary>
    /// Signs what TLS 1.3 has signed to prove a key (RFC 8446 §4.4.3). That begins with 64 spaces, and no label does: what is
    /// signed here is good for nothing else, and what is signed elsewhere not for TLS.
    /// </summary>
    public void SignForTls(ReadOnlySpan<byte> content, Span<byte> signature)
    {
        if (content.Length < TlsPadding || content[..TlsPadding].ContainsAnyExcept((byte)' '))
        {
            throw new ArgumentException("This is no content of a CertificateVerify.", nameof(content));
        }
        SignExact(content).CopyTo(signature);
    }

    /// <summary>The seed; the caller zeroes it.</summary>
    public byte[] Export()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return [.. _seed];
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
    }

    public override string ToString() => $"DeviceKey({Id.Short})";

    /// <summary>Signs bytes that already start with their label.</summary>
    internal byte[] SignExact(ReadOnlySpan<byte> labelled)
    {
        // A zeroed seed is a valid key of nobody; signing with it would look like success.
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Ed25519Signature.Sign(_seed, _publicKey, labelled);
    }
}
