using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Records;

/// <summary>
/// Seals what a device keeps on its disk: AES-256-GCM under a key and nonce derived for one record from the storage key,
/// the table and 16 random bytes of salt, so that none repeats even if the disk is rolled back.
/// Layout: version 1 ‖ salt ‖ ciphertext ‖ tag. Safe to use from several threads, if its random source is.
/// </summary>
public sealed class RecordCipher : IDisposable
{
    public const int KeySize = 32;

    /// <summary>Bytes a sealed record is longer than its plaintext.</summary>
    public const int Overhead = 1 + SaltSize + Aead.TagSize;

    private const byte Version = 1;
    private const int SaltSize = 16;
    private const int IndexSize = 16;

    private readonly IRandomSource _random;
    private readonly byte[] _storageKey;
    private readonly byte[] _indexKey;
    private bool _disposed;

    public RecordCipher(ReadOnlySpan<byte> storageKey, IRandomSource random)
    {
        if (storageKey.Length != KeySize)
        {
            throw new ArgumentException("A storage key has 32 bytes.", nameof(storageKey));
        }
        _random = random;
        _storageKey = storageKey.ToArray();
        _indexKey = Kdf.Derive(storageKey, [], new Transcript(Labels.IndexKey), KeySize);
    }

    /// <summary>The row's identity is authenticated: a record moved to another row or table does not open.</summary>
    public byte[] Seal(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> plaintext)
    {
        var record = new byte[plaintext.Length + Overhead];
        record[0] = Version;
        var salt = record.AsSpan(1, SaltSize);
        _random.Fill(salt);
        Span<byte> keyAndNonce = stackalloc byte[Aead.KeySize + Aead.NonceSize];
        DeriveKey(table, salt, keyAndNonce);
        using var associated = Associated(table, row);
        Aead.Seal(
            keyAndNonce[..Aead.KeySize],
            keyAndNonce[Aead.KeySize..],
            associated.Bytes,
            plaintext,
            record.AsSpan(1 + SaltSize)
        );
        CryptographicOperations.ZeroMemory(keyAndNonce);
        return record;
    }

    /// <summary>False if it was altered, moved, or sealed under another key.</summary>
    public bool TryOpen(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedRecord, out byte[] plaintext)
    {
        plaintext = [];
        if (sealedRecord.Length < Overhead || sealedRecord[0] != Version)
        {
            return false;
        }
        Span<byte> keyAndNonce = stackalloc byte[Aead.KeySize + Aead.NonceSize];
        DeriveKey(table, sealedRecord.Slice(1, SaltSize), keyAndNonce);
        using var associated = Associated(table, row);
        var opened = Aead.TryOpen(
            keyAndNonce[..Aead.KeySize],
            keyAndNonce[Aead.KeySize..],
            associated.Bytes,
            sealedRecord[(1 + SaltSize)..],
            out plaintext
        );
        CryptographicOperations.ZeroMemory(keyAndNonce);
        return opened;
    }

    /// <summary>A stable 16-byte tag for a value that must be found by equality but not read (HMAC under a key of its own).</summary>
    public byte[] Index(string table, ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        using var message = new Transcript(Labels.Index).Add(table).Add(value);
        return HMACSHA256.HashData(_indexKey, message.Bytes)[..IndexSize];
    }

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_storageKey);
        CryptographicOperations.ZeroMemory(_indexKey);
    }

    private void DeriveKey(string table, ReadOnlySpan<byte> salt, Span<byte> keyAndNonce)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Kdf.Derive(_storageKey, salt, new Transcript(Labels.RecordKey).Add(table), keyAndNonce);
    }

    private static Transcript Associated(string table, ReadOnlySpan<byte> row) =>
        new Transcript(Labels.Record).Add(table).Add(row);
}
