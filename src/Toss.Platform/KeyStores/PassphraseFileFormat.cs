using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Toss.Crypto;
using Toss.Crypto.Records;

namespace Toss.Platform.KeyStores;

/// <summary>
/// A sealed secret: 8 bytes of magic and version, memory, passes, lanes (four bytes each, big-endian), 16 bytes of salt,
/// the record sealed under the passphrase's key, and SHA-256 of all before. The hash is of what is public anyway; with it a
/// damaged file and a wrong passphrase are different answers.
/// </summary>
internal static class PassphraseFileFormat
{
    public const int Limit = HeaderSize + SecretName.SecretLimit + RecordCipher.Overhead + SHA256.HashSizeInBytes;

    private const int SaltAt = 20;
    private const int SaltSize = 16;
    private const int HeaderSize = SaltAt + SaltSize;

    /// <summary>Separates this use of <see cref="RecordCipher"/> from the storage's.</summary>
    private const string Table = "passphrase-file";

    private static ReadOnlySpan<byte> Magic => "TOSSPPF\x01"u8;

    public static byte[] Seal(
        string name,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<char> passphrase,
        PassphraseCost cost,
        IRandomSource random
    )
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32BigEndian(header[8..], cost.MemoryKiB);
        BinaryPrimitives.WriteInt32BigEndian(header[12..], cost.Passes);
        BinaryPrimitives.WriteInt32BigEndian(header[16..], cost.Lanes);
        random.Fill(header[SaltAt..]);
        var key = Passphrase.DeriveKey(passphrase, header[SaltAt..], cost.MemoryKiB, cost.Passes, cost.Lanes);
        using var cipher = new RecordCipher(key, random);
        CryptographicOperations.ZeroMemory(key);
        byte[] file = [.. header, .. cipher.Seal(Table, Encoding.UTF8.GetBytes(name), secret)];
        return [.. file, .. SHA256.HashData(file)];
    }

    /// <summary>Whole and within bounds; says what opening it costs.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> file, out PassphraseCost cost)
    {
        cost = default;
        if (
            file.Length <= HeaderSize + RecordCipher.Overhead + SHA256.HashSizeInBytes
            || file.Length > Limit
            || !file.StartsWith(Magic)
            || !SHA256.HashData(file[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(file[^SHA256.HashSizeInBytes..])
        )
        {
            return false;
        }
        cost = new(
            BinaryPrimitives.ReadInt32BigEndian(file[8..]),
            BinaryPrimitives.ReadInt32BigEndian(file[12..]),
            BinaryPrimitives.ReadInt32BigEndian(file[16..])
        );
        return cost.IsAcceptable;
    }

    /// <summary>For a file whose header was read: false if the passphrase is another.</summary>
    public static bool TryOpen(
        string name,
        ReadOnlySpan<byte> file,
        ReadOnlySpan<char> passphrase,
        PassphraseCost cost,
        out byte[] secret
    )
    {
        var salt = file.Slice(SaltAt, SaltSize);
        var key = Passphrase.DeriveKey(passphrase, salt, cost.MemoryKiB, cost.Passes, cost.Lanes);
        using var cipher = new RecordCipher(key, SystemRandomSource.Instance);
        CryptographicOperations.ZeroMemory(key);
        var record = file[HeaderSize..^SHA256.HashSizeInBytes];
        return cipher.TryOpen(Table, Encoding.UTF8.GetBytes(name), record, out secret);
    }
}
