using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;

namespace Toss.Crypto.Envelopes;

/// <summary>Moves secrets between records and arrays that can be zeroed.</summary>
internal static class SecretBytes
{
    /// <summary>Copies a secret out of a parsed message and zeroes it there. The message is ours alone and is dropped after.</summary>
    public static byte[] Take(ByteString bytes)
    {
        var copy = bytes.ToByteArray();
        if (MemoryMarshal.TryGetArray(bytes.Memory, out var segment))
        {
            CryptographicOperations.ZeroMemory(segment.AsSpan());
        }
        return copy;
    }

    public static byte[]? TakeOrNull(ByteString bytes) => bytes.IsEmpty ? null : Take(bytes);

    /// <summary>Without a copy: the message must not outlive the array's content.</summary>
    public static ByteString Lend(byte[]? secret) =>
        secret is null ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(secret);

    public static void Zero(byte[]? secret)
    {
        if (secret is not null)
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
