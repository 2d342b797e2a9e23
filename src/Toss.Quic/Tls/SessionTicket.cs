using System.Buffers.Binary;
using Toss.Quic.Wire;

namespace Toss.Quic.Tls;

/// <summary>
/// A NewSessionTicket (RFC 8446 §4.6.1). We resume no sessions, so it is only checked, as far as QUIC demands it.
/// </summary>
internal static class SessionTicket
{
    public const byte HandshakeType = 4;

    private const ushort EarlyData = 42;
    private const short DecodeError = 50;

    /// <returns>An error code, or zero.</returns>
    public static TransportErrorCode Check(ReadOnlySpan<byte> body)
    {
        var malformed = CryptoErrors.FromAlert((byte)DecodeError);
        if (body.Length < 9) // lifetime, age_add, length of the nonce
        {
            return malformed;
        }
        var at = 9 + body[8];
        if (!TrySkipVector(body, ref at, out var ticket) || ticket.IsEmpty)
        {
            return malformed;
        }
        if (!TrySkipVector(body, ref at, out var extensions) || at != body.Length)
        {
            return malformed;
        }
        while (!extensions.IsEmpty)
        {
            var next = 2;
            if (!TrySkipVector(extensions, ref next, out var content))
            {
                return malformed;
            }
            // RFC 9001 §4.6.1: any other value than 0xffffffff is a protocol violation.
            if (
                BinaryPrimitives.ReadUInt16BigEndian(extensions) == EarlyData
                && !content.SequenceEqual<byte>([0xff, 0xff, 0xff, 0xff])
            )
            {
                return TransportErrorCode.ProtocolViolation;
            }
            extensions = extensions[next..];
        }
        return TransportErrorCode.NoError;
    }

    private static bool TrySkipVector(ReadOnlySpan<byte> from, ref int at, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (from.Length - at < 2)
        {
            return false;
        }
        int length = BinaryPrimitives.ReadUInt16BigEndian(from[at..]);
        if (from.Length - at - 2 < length)
        {
            return false;
        }
        content = from.Slice(at + 2, length);
        at += 2 + length;
        return true;
    }
}
