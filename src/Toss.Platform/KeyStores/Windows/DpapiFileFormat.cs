using System.Security.Cryptography;

namespace Toss.Platform.KeyStores.Windows;

/// <summary>
/// What a file of <see cref="DpapiKeyStore"/> holds: 8 bytes of magic and version, what Windows made of the secret, and
/// SHA-256 of all before: a damaged file and one that Windows will not open for this user are different answers.
/// </summary>
internal static class DpapiFileFormat
{
    /// <summary>What the store calls itself; here, because every system knows the word.</summary>
    public const string Kind = "dpapi";

    public const int Limit = HeaderSize + SealedLimit + SHA256.HashSizeInBytes;

    private const int HeaderSize = 8;

    /// <summary>Windows adds some 200 bytes to a secret: identifiers, a salt, a MAC.</summary>
    private const int SealedLimit = SecretName.SecretLimit + 4096;

    private static ReadOnlySpan<byte> Magic => "TOSSDPA\x01"u8;

    public static byte[] Write(ReadOnlySpan<byte> @sealed)
    {
        byte[] file = [.. Magic, .. @sealed];
        return [.. file, .. SHA256.HashData(file)];
    }

    public static bool TryRead(ReadOnlySpan<byte> file, out ReadOnlySpan<byte> @sealed)
    {
        @sealed = [];
        if (
            file.Length is <= HeaderSize + SHA256.HashSizeInBytes or > Limit
            || !file.StartsWith(Magic)
            || !SHA256.HashData(file[..^SHA256.HashSizeInBytes]).AsSpan().SequenceEqual(file[^SHA256.HashSizeInBytes..])
        )
        {
            return false;
        }
        @sealed = file[HeaderSize..^SHA256.HashSizeInBytes];
        return true;
    }
}
