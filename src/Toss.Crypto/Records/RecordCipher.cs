namespace Toss.Crypto.Records;

/// <summary>
/// Seals what a device keeps on its disk: AES-256-GCM under a key derived per table, a random 96-bit salt per record
/// folded into the key, so that no nonce repeats even if the disk is rolled back.
/// </summary>
public sealed class RecordCipher : IDisposable
{
    public const int KeySize = 32;

    /// <summary>Bytes a sealed record is longer than its plaintext.</summary>
    public const int Overhead = 1 + 16 + 16;

    public RecordCipher(ReadOnlySpan<byte> storageKey, IRandomSource random) => throw new NotImplementedException();

    /// <summary>The row's identity is authenticated: a record moved to another row or table does not open.</summary>
    public byte[] Seal(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> plaintext) =>
        throw new NotImplementedException();

    /// <summary>False if it was altered, moved, or sealed under another key.</summary>
    public bool TryOpen(string table, ReadOnlySpan<byte> row, ReadOnlySpan<byte> sealedRecord, out byte[] plaintext) =>
        throw new NotImplementedException();

    /// <summary>A stable 16-byte tag for a value that must be found by equality but not read (HMAC under a key of its own).</summary>
    public byte[] Index(string table, ReadOnlySpan<byte> value) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
