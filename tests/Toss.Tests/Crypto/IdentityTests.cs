using System.Security.Cryptography;
using Google.Protobuf;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Crypto.Primitives;
using Toss.Testing;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Crypto;

public sealed class IdentityTests
{
    [Fact]
    public void A_device_key_survives_export_and_is_deterministic_under_a_seed()
    {
        using var key = DeviceKey.Generate(new SeededRandomSource(1));
        using var again = DeviceKey.Generate(new SeededRandomSource(1));
        using var other = DeviceKey.Generate(new SeededRandomSource(2));
        Assert.True(DeviceKey.TryImport(key.Export(), out var imported));
        Assert.Equal(key.Id, imported.Id);
        Assert.Equal(key.Id, again.Id);
        Assert.NotEqual(key.Id, other.Id);
        Assert.Equal(key.PublicKey.ToArray(), imported.PublicKey.ToArray());
        Assert.False(DeviceKey.TryImport(new byte[31], out _));
        Assert.False(DeviceKey.TryImport(new byte[33], out _));
    }

    [Fact]
    public void A_device_id_is_the_hash_of_label_and_key()
    {
        using var key = DeviceKey.Generate(new SeededRandomSource(1));
        byte[] expected = SHA256.HashData([.. "toss/device-id/v1\0"u8, .. key.PublicKey.Span]);
        Assert.Equal(expected, key.Id.ToBytes());
        Assert.Equal(key.Id, SignedStatements.IdOf(key.PublicKey.Span));
    }

    [Fact]
    public void A_signature_covers_label_and_exact_bytes()
    {
        using var key = DeviceKey.Generate(new SeededRandomSource(1));
        var signed = key.Sign(Labels.Card, [1, 2, 3]);
        Assert.True(SignedStatements.Verify(Labels.Card, signed));
        Assert.False(SignedStatements.Verify(Labels.Clip, signed));
        foreach (var altered in Alterations(signed))
        {
            Assert.False(SignedStatements.Verify(Labels.Card, altered));
        }
        Assert.True(
            Ed25519Signature.Verify(key.PublicKey.Span, [.. "toss/card/v1\0"u8, 1, 2, 3], signed.Signature.Span)
        );
    }

    [Fact]
    public void Malformed_signed_statements_are_refused()
    {
        Assert.False(SignedStatements.Verify(Labels.Card, new Signed()));
        using var key = DeviceKey.Generate(new SeededRandomSource(1));
        var signed = key.Sign(Labels.Card, []);
        Assert.True(SignedStatements.Verify(Labels.Card, signed));
        var shortKey = signed.Clone();
        shortKey.Signer = ByteString.CopyFrom(signed.Signer.Span[1..]);
        Assert.False(SignedStatements.Verify(Labels.Card, shortKey));
        var longSignature = signed.Clone();
        longSignature.Signature = ByteString.CopyFrom([.. signed.Signature.Span, 0]);
        Assert.False(SignedStatements.Verify(Labels.Card, longSignature));
    }

    [Fact]
    public void A_disposed_key_signs_and_exports_nothing()
    {
        var key = DeviceKey.Generate(new SeededRandomSource(1));
        key.Dispose();
        Assert.Throws<ObjectDisposedException>(() => key.Sign(Labels.Card, [1]));
        Assert.Throws<ObjectDisposedException>(() => key.Export());
        Assert.DoesNotContain(Convert.ToHexStringLower(key.PublicKey.Span), key.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Circle_and_statement_ids_depend_on_every_field_but_the_signature()
    {
        var genesis = new Genesis { Nonce = Bytes(32, 1), FounderKey = Bytes(32, 2) };
        var id = SignedStatements.IdOf(genesis);
        Assert.Equal(id, SignedStatements.IdOf(genesis.Clone()));
        Assert.NotEqual(id, SignedStatements.IdOf(new Genesis { Nonce = Bytes(32, 1), FounderKey = Bytes(32, 3) }));
        Assert.NotEqual(id, SignedStatements.IdOf(new Genesis { Nonce = Bytes(32, 2), FounderKey = Bytes(32, 2) }));
        // Moving a byte from one field to the other is another statement.
        Assert.NotEqual(
            SignedStatements.IdOf(new Genesis { Nonce = Bytes(33, 7), FounderKey = Bytes(31, 7) }),
            SignedStatements.IdOf(new Genesis { Nonce = Bytes(32, 7), FounderKey = Bytes(32, 7) })
        );

        var statement = new Signed
        {
            Body = Bytes(5, 1),
            Signer = Bytes(32, 2),
            Signature = Bytes(64, 3),
        };
        var resigned = statement.Clone();
        resigned.Signature = Bytes(64, 4);
        Assert.Equal(SignedStatements.IdOf(statement), SignedStatements.IdOf(resigned));
        var rewritten = statement.Clone();
        rewritten.Body = Bytes(5, 9);
        Assert.NotEqual(SignedStatements.IdOf(statement), SignedStatements.IdOf(rewritten));
    }

    [Fact]
    public void A_relay_login_is_signed_over_label_nonce_and_mailbox()
    {
        var (privateKey, publicKey, mailbox) = SignedStatements.NewMailboxKey(new SeededRandomSource(3));
        Assert.Equal(SHA256.HashData(publicKey), mailbox.ToBytes());
        byte[] nonce = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        var signature = SignedStatements.SignRelayLogin(privateKey, nonce, mailbox);
        byte[] message = [.. "toss/relay-login/v1\0"u8, .. nonce, .. mailbox.ToBytes()];
        Assert.True(Ed25519Signature.Verify(publicKey, message, signature));
        message[^1] ^= 1;
        Assert.False(Ed25519Signature.Verify(publicKey, message, signature));
    }

    [Fact]
    public void A_prekey_survives_export_and_refuses_anything_else()
    {
        var now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        using var pair = PrekeyPair.Generate(new SeededRandomSource(4), now);
        var exported = pair.Export();
        Assert.True(PrekeyPair.TryImport(exported, out var imported));
        Assert.Equal(pair.Public, imported.Public);
        Assert.Equal(now, imported.CreatedAt);
        Assert.Equal(8, pair.Public.Id.Length);
        Assert.Equal(32, pair.Public.X25519.Length);
        Assert.Equal(1184, pair.Public.MlKem768.Length);
        for (var length = 0; length < exported.Length; length++)
        {
            Assert.False(PrekeyPair.TryImport(exported.AsSpan(0, length), out _));
        }
        Assert.False(PrekeyPair.TryImport([.. exported, 0], out _));
        exported[0] = 2;
        Assert.False(PrekeyPair.TryImport(exported, out _));
        exported[0] = 1;
        exported[1] = 0x7f;
        Assert.False(PrekeyPair.TryImport(exported, out _));
        pair.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pair.Export());
    }

    private static IEnumerable<Signed> Alterations(Signed signed)
    {
        var bytes = signed.ToByteArray();
        for (var bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (WireReader.TryRead<Signed>(bytes, 1024, out var altered))
            {
                yield return altered;
            }
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    private static ByteString Bytes(int length, byte value) =>
        ByteString.CopyFrom(Enumerable.Repeat(value, length).ToArray());
}
