namespace Toss.Crypto;

/// <summary>A key from a passphrase: Argon2id (RFC 9106), version 0x13.</summary>
public static class Passphrase
{
    /// <summary>32 bytes. Memory in KiB; RFC 9106 §4's second recommendation is 64 MiB, three passes, four lanes.</summary>
    public static byte[] DeriveKey(
        ReadOnlySpan<char> passphrase,
        ReadOnlySpan<byte> salt,
        int memoryKiB,
        int passes,
        int lanes
    ) => throw new NotImplementedException();
}
