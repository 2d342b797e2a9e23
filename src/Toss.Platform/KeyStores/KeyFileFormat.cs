using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Toss.Platform.KeyStores;

/// <summary>
/// What a key file holds: 8 bytes of magic and version, the length in two bytes (big-endian), the secret, and SHA-256 of
/// all before, so that a cut or flipped file is known as damaged and never taken for a key.
/// </summary>
internal static class KeyFileFormat
{
    public const int Limit = HeaderSize + SecretName.SecretLimit + SHA256.HashSizeInBytes;

    private const int HeaderSize = 10;

    private static ReadOnlySpan<byte> Magic => "TOSSKEY\x01"u8;

    public static byte[] Write(ReadOnlySpan<byte> secret)
    {
        var file = new byte[HeaderSize + secret.Length + SHA256.HashSizeInBytes];
        Magic.CopyTo(file);
        BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(8), (ushort)secret.Length);
        secret.CopyTo(file.AsSpan(HeaderSize));
        SHA256.HashData(file.AsSpan(0, HeaderSize + secret.Length), file.AsSpan(HeaderSize + secret.Length));
        return file;
    }

    public static bool TryRead(ReadOnlySpan<byte> file, out byte[] secret)
    {
        secret = [];
        if (file.Length < HeaderSize + SHA256.HashSizeInBytes || !file.StartsWith(Magic))
        {
            return false;
        }
        int length = BinaryPrimitives.ReadUInt16BigEndian(file[8..]);
        if (length is 0 or > SecretName.SecretLimit || file.Length != HeaderSize + length + SHA256.HashSizeInBytes)
        {
            return false;
        }
        var signed = file[..(HeaderSize + length)];
        if (!SHA256.HashData(signed).AsSpan().SequenceEqual(file[(HeaderSize + length)..]))
        {
            return false;
        }
        secret = file.Slice(HeaderSize, length).ToArray();
        return true;
    }
}
