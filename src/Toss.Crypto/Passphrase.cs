using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;

namespace Toss.Crypto;

/// <summary>A key from a passphrase: Argon2id (RFC 9106), version 0x13.</summary>
public static class Passphrase
{
    /// <summary>Bytes of a derived key.</summary>
    public const int KeySize = 32;

    /// <summary>
    /// 32 bytes, from the passphrase's UTF-8 bytes as they are: no normalisation, no trimming. Memory in KiB; RFC 9106 §4's
    /// second recommendation is 64 MiB, three passes, four lanes. Blocks for as long as that takes.
    /// </summary>
    public static byte[] DeriveKey(
        ReadOnlySpan<char> passphrase,
        ReadOnlySpan<byte> salt,
        int memoryKiB,
        int passes,
        int lanes
    )
    {
        var password = new byte[Encoding.UTF8.GetByteCount(passphrase)];
        Encoding.UTF8.GetBytes(passphrase, password);
        try
        {
            return Derive(password, salt, [], [], memoryKiB, passes, lanes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>The same from UTF-8, as it came from whoever typed it.</summary>
    public static byte[] DeriveKey(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, PassphraseCost cost)
    {
        var password = passphrase.ToArray();
        try
        {
            return Derive(password, salt, [], [], cost.MemoryKiB, cost.Passes, cost.Lanes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(password);
        }
    }

    /// <summary>With the secret and the associated data of RFC 9106 §3.1, which its test vector uses and we do not.</summary>
    internal static byte[] Derive(
        byte[] password,
        ReadOnlySpan<byte> salt,
        ReadOnlySpan<byte> secret,
        ReadOnlySpan<byte> additional,
        int memoryKiB,
        int passes,
        int lanes
    )
    {
        var builder = new Argon2Parameters.Builder(Argon2Parameters.Argon2id)
            .WithVersion(Argon2Parameters.Version13)
            .WithSalt(salt.ToArray())
            .WithMemoryAsKB(memoryKiB)
            .WithIterations(passes)
            .WithParallelism(lanes);
        if (!secret.IsEmpty)
        {
            builder.WithSecret(secret.ToArray());
        }
        if (!additional.IsEmpty)
        {
            builder.WithAdditional(additional.ToArray());
        }
        var generator = new Argon2BytesGenerator();
        generator.Init(builder.Build());
        var key = new byte[KeySize];
        generator.GenerateBytes(password, key);
        return key;
    }
}
