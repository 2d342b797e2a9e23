using System.Buffers;
using System.Security.Cryptography;
using Toss.Quic.Wire;

namespace Toss.Quic.Protection;

/// <summary>The integrity tag of Retry packets of version 1 (RFC 9001 §5.8).</summary>
internal static class RetryIntegrity
{
    private static readonly byte[] s_key = Convert.FromHexString("be0c690b9f66575a1d766b54e368c84e");
    private static readonly byte[] s_nonce = Convert.FromHexString("461599d35d632bf2239825bb");

    /// <param name="originalDestination">That of the Initial which the Retry answers.</param>
    /// <param name="retry">The packet without its tag.</param>
    /// <param name="tag">16 bytes.</param>
    public static void Compute(in ConnectionId originalDestination, ReadOnlySpan<byte> retry, Span<byte> tag)
    {
        var size = 1 + originalDestination.Length + retry.Length;
        var rented = ArrayPool<byte>.Shared.Rent(size);
        var writer = new SpanWriter(rented);
        writer.WriteConnectionId(originalDestination);
        writer.WriteBytes(retry);
        using var aead = PacketAead.Create(CipherSuite.Aes128GcmSha256, s_key);
        aead.Seal(s_nonce, writer.Written, [], tag);
        ArrayPool<byte>.Shared.Return(rented);
    }

    /// <param name="retry">The packet with its tag.</param>
    public static bool IsValid(in ConnectionId originalDestination, ReadOnlySpan<byte> retry)
    {
        if (retry.Length <= PacketAead.TagSize)
        {
            return false;
        }
        Span<byte> tag = stackalloc byte[PacketAead.TagSize];
        Compute(originalDestination, retry[..^PacketAead.TagSize], tag);
        return CryptographicOperations.FixedTimeEquals(tag, retry[^PacketAead.TagSize..]);
    }
}
