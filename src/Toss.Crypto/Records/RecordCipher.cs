using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Records;

/// <summary>
/// Seals what a device keeps on its disk: AES-256-GCM under one key per table, with a random nonce per record, so that a
/// disk that is rolled back repeats none. Layout: version 1 ‖ nonce ‖ ciphertext ‖ tag. Not thread-safe: a store has one
/// thread.
/// </summary>
public sealed class RecordCipher : IDisposable
{
    public const int KeySize = 32;

    /// <summary>Bytes a sealed record is longer than its plaintext.</summary>
    public const int Overhead = 1 + Aead.NonceSize + Aead.TagSize;

    private const byte Version = 1;
    private const int IndexSize = 16;

    private readonly IRandomSource _random;
    private readonly byte[] _storageKey;
    private readonly byte[] _indexKey;

    // Their names are constants of the program: the cache is as large as the schema.
    private readonly Dictionary<string, TableCipher> _tables = [];
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
        var cipher = Table(table);
        var record = new byte[plaintext.Length + Overhead];
        record[0] = Version;
        var nonce = record.AsSpan(1, Aead.NonceSize);
        _random.Fill(nonce);
        cipher.Seal(nonce, row, plaintext, record.AsSpan(1 + Aead.NonceSize));
        return record;
    }

    /// <summary>False if it was altered, moved, or sealed under another key.</summary>
    public bool TryOpen(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedRecord, out byte[] plaintext)
    {
        var opened = new byte[Math.Max(sealedRecord.Length - Overhead, 0)];
        var authentic = TryOpen(table, row, sealedRecord, opened);
        plaintext = authentic ? opened : [];
        return authentic;
    }

    /// <summary>
    /// The same into a buffer of the caller, exactly <see cref="Overhead"/> shorter than the record, and without any
    /// allocation: a search opens every record there is.
    /// </summary>
    public bool TryOpen(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedRecord, Span<byte> plaintext)
    {
        var cipher = Table(table);
        return sealedRecord.Length >= Overhead
            && sealedRecord[0] == Version
            && cipher.TryOpen(
                sealedRecord.Slice(1, Aead.NonceSize),
                row,
                sealedRecord[(1 + Aead.NonceSize)..],
                plaintext
            );
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
        foreach (var cipher in _tables.Values)
        {
            cipher.Dispose();
        }
        _tables.Clear();
        CryptographicOperations.ZeroMemory(_storageKey);
        CryptographicOperations.ZeroMemory(_indexKey);
    }

    private TableCipher Table(string table)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!_tables.TryGetValue(table, out var cipher))
        {
            cipher = new TableCipher(_storageKey, table);
            _tables.Add(table, cipher);
        }
        return cipher;
    }
}
