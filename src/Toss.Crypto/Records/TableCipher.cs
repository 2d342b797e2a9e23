using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Records;

/// <summary>The key of one table's records, expanded once, and the beginning that their associated data have in common.</summary>
internal sealed class TableCipher : IDisposable
{
    private readonly Aead _aead;
    private readonly int _prefix;

    // T(label, table, row): the row's length and bytes are put behind the prefix for each record.
    private byte[] _associated;

    public TableCipher(ReadOnlySpan<byte> storageKey, string table)
    {
        Span<byte> key = stackalloc byte[Aead.KeySize];
        Kdf.Derive(storageKey, [], new Transcript(Labels.RecordKey).Add(table), key);
        _aead = new Aead(key);
        CryptographicOperations.ZeroMemory(key);
        using var prefix = new Transcript(Labels.Record).Add(table);
        _associated = prefix.Bytes.ToArray();
        _prefix = _associated.Length;
    }

    public void Seal(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> row,
        ReadOnlySpan<byte> plaintext,
        Span<byte> destination
    ) => _aead.Seal(nonce, Associated(row), plaintext, destination);

    public bool TryOpen(
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> row,
        ReadOnlySpan<byte> ciphertext,
        Span<byte> plaintext
    ) => _aead.TryOpen(nonce, Associated(row), ciphertext, plaintext);

    public void Dispose() => _aead.Dispose();

    /// <summary>Valid until the next call.</summary>
    private ReadOnlySpan<byte> Associated(ReadOnlySpan<byte> row)
    {
        var length = _prefix + sizeof(int) + row.Length;
        if (_associated.Length < length)
        {
            Array.Resize(ref _associated, length);
        }
        BinaryPrimitives.WriteInt32BigEndian(_associated.AsSpan(_prefix), row.Length);
        row.CopyTo(_associated.AsSpan(_prefix + sizeof(int)));
        return _associated.AsSpan(0, length);
    }
}
