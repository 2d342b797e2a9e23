using System.Buffers.Binary;
using System.Security.Cryptography;
using Toss.Crypto.Primitives;

namespace Toss.Crypto.Backups;

/// <summary>
/// What stands before a backup's chunks: 8 bytes of magic and version; memory, passes, lanes (four bytes each, big-endian); 16 bytes
/// of salt; 32 that follow from the passphrase; and SHA-256 of all before. The hash is of what is public anyway; with it a damaged
/// header and a wrong passphrase are different answers.
/// </summary>
public static class BackupHeader
{
    public const int Size = HashAt + SHA256.HashSizeInBytes;

    public const int SaltSize = 16;

    internal const int KeySize = Aead.KeySize;

    private const int VersionAt = 7;
    private const int CostAt = 8;
    private const int SaltAt = CostAt + 12;
    private const int CommitmentAt = SaltAt + SaltSize;
    private const int HashAt = CommitmentAt + SHA256.HashSizeInBytes;
    private const byte Version = 1;

    /// <summary>Four times what ours cost: a device with little memory opens a planted file too.</summary>
    private const int MostMemoryKiB = 256 * 1024;

    private const int MostPasses = 8;

    private static ReadOnlySpan<byte> Magic => "TOSSBAK"u8;

    /// <summary>The header, and the key of what follows it.</summary>
    internal static byte[] Write(
        ReadOnlySpan<byte> passphrase,
        ReadOnlySpan<byte> salt,
        PassphraseCost cost,
        Span<byte> key
    )
    {
        var header = new byte[Size];
        Magic.CopyTo(header);
        header[VersionAt] = Version;
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt), cost.MemoryKiB);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt + 4), cost.Passes);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(CostAt + 8), cost.Lanes);
        salt.CopyTo(header.AsSpan(SaltAt, SaltSize));
        Derive(header, passphrase, cost, key, header.AsSpan(CommitmentAt, SHA256.HashSizeInBytes));
        SHA256.HashData(header.AsSpan(0, HashAt), header.AsSpan(HashAt));
        return header;
    }

    /// <summary>Looks at all that needs no passphrase first: nothing is derived for what is no backup.</summary>
    internal static BackupOpening Read(ReadOnlySpan<byte> header, ReadOnlySpan<byte> passphrase, Span<byte> key)
    {
        if (header.Length < Magic.Length || !header.StartsWith(Magic))
        {
            return BackupOpening.NotABackup;
        }
        if (header.Length != Size)
        {
            return BackupOpening.Truncated;
        }
        if (header[VersionAt] > Version)
        {
            return BackupOpening.LaterVersion;
        }
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(header[..HashAt], hash);
        if (header[VersionAt] != Version || !hash.SequenceEqual(header[HashAt..]))
        {
            return BackupOpening.Damaged;
        }
        var cost = new PassphraseCost(
            BinaryPrimitives.ReadInt32BigEndian(header[CostAt..]),
            BinaryPrimitives.ReadInt32BigEndian(header[(CostAt + 4)..]),
            BinaryPrimitives.ReadInt32BigEndian(header[(CostAt + 8)..])
        );
        if (!cost.IsAcceptable || cost.MemoryKiB > MostMemoryKiB || cost.Passes > MostPasses)
        {
            return BackupOpening.TooCostly;
        }
        Span<byte> commitment = stackalloc byte[SHA256.HashSizeInBytes];
        Derive(header, passphrase, cost, key, commitment);
        return CryptographicOperations.FixedTimeEquals(commitment, header.Slice(CommitmentAt, SHA256.HashSizeInBytes))
            ? BackupOpening.Opened
            : BackupOpening.WrongPassphrase;
    }

    /// <summary>
    /// The commitment tells a wrong passphrase before anything is opened, and stands for the key: AES-GCM alone would let two keys open
    /// one ciphertext. Both follow from all that stands before it.
    /// </summary>
    private static void Derive(
        ReadOnlySpan<byte> header,
        ReadOnlySpan<byte> passphrase,
        PassphraseCost cost,
        Span<byte> key,
        Span<byte> commitment
    )
    {
        var secret = Passphrase.DeriveKey(passphrase, header.Slice(SaltAt, SaltSize), cost);
        Span<byte> both = stackalloc byte[KeySize + SHA256.HashSizeInBytes];
        Kdf.Derive(secret, [], new Transcript(Labels.BackupKeys).Add(header[..CommitmentAt]), both);
        both[..KeySize].CopyTo(key);
        both[KeySize..].CopyTo(commitment);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(both);
    }
}

/// <summary>What came of a backup's header.</summary>
public enum BackupOpening
{
    Opened,

    /// <summary>Something else, or not from its beginning on.</summary>
    NotABackup,

    /// <summary>A newer program made it.</summary>
    LaterVersion,

    /// <summary>It ends within its header.</summary>
    Truncated,
    Damaged,

    /// <summary>It asks for more memory or time than a backup of ours ever does: <see cref="PassphraseCost.IsAcceptable"/>.</summary>
    TooCostly,
    WrongPassphrase,
}
