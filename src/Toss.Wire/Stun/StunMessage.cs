using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Toss.Wire.Stun;

/// <summary>
/// STUN Binding (RFC 8489): "where do you see me?" and the answer. Nothing else of it: no authentication, since who is on the
/// way may change an address anyway, and what is learned here is only tried.
/// </summary>
public static class StunMessage
{
    /// <summary>§5; the last 12 bytes are the transaction's.</summary>
    public const int HeaderSize = 20;

    public const int TransactionSize = 12;

    /// <summary>§6.1: what any path carries.</summary>
    public const int MaxSize = 548;

    /// <summary>With FINGERPRINT, which tells it from other protocols on the same socket (§7.3, §14.7).</summary>
    public const int RequestSize = HeaderSize + FingerprintSize;

    /// <summary>The same with CHANGE-REQUEST (RFC 5780 §7.2).</summary>
    public const int OtherPortRequestSize = RequestSize + 8;

    private const int FingerprintSize = 8;
    private const uint MagicCookie = 0x2112A442;
    private const ushort BindingRequest = 0x0001;
    private const ushort BindingSuccess = 0x0101;
    private const ushort ChangeRequest = 0x0003;
    private const uint ChangePort = 2;
    private const ushort XorMappedAddress = 0x0020;
    private const ushort Fingerprint = 0x8028;
    private const uint FingerprintMask = 0x5354554E;

    /// <summary>Attributes below are to be understood, or the message is not to be answered (§14).</summary>
    private const ushort FirstOptional = 0x8000;

    /// <summary>Whether it can be nothing else: two zero bits, the cookie, its own length (§5).</summary>
    public static bool IsStun(ReadOnlySpan<byte> datagram) =>
        datagram.Length is >= HeaderSize and <= MaxSize
        && datagram[0] < 0x40
        && BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) == MagicCookie
        && BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) is var length
        && length % 4 == 0
        && length == datagram.Length - HeaderSize;

    /// <returns><see cref="RequestSize"/></returns>
    public static int WriteRequest(Span<byte> to, ReadOnlySpan<byte> transaction)
    {
        WriteHeader(to, BindingRequest, FingerprintSize, transaction);
        return WriteFingerprint(to, HeaderSize);
    }

    /// <summary>Asks to be answered from a port that this one was not sent to.</summary>
    /// <returns><see cref="OtherPortRequestSize"/></returns>
    public static int WriteOtherPortRequest(Span<byte> to, ReadOnlySpan<byte> transaction)
    {
        WriteHeader(to, BindingRequest, 8 + FingerprintSize, transaction);
        BinaryPrimitives.WriteUInt16BigEndian(to[HeaderSize..], ChangeRequest);
        BinaryPrimitives.WriteUInt16BigEndian(to[(HeaderSize + 2)..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(to[(HeaderSize + 4)..], ChangePort);
        return WriteFingerprint(to, HeaderSize + 8);
    }

    /// <summary>
    /// False for all that is no Binding request, or is one that asks for what nobody here understands. The request's own bytes
    /// are enough to answer it.
    /// </summary>
    /// <param name="fromOtherPort">Whether the answer is to come from another port; another address nobody here has.</param>
    public static bool IsRequest(ReadOnlySpan<byte> datagram, out bool fromOtherPort)
    {
        fromOtherPort = false;
        if (!IsStun(datagram) || TypeOf(datagram) != BindingRequest)
        {
            return false;
        }
        var attributes = new Attributes(datagram);
        while (attributes.TryRead(out var type, out var value))
        {
            if (
                type == ChangeRequest
                && value.Length == 4
                && BinaryPrimitives.ReadUInt32BigEndian(value) is var change and (0 or ChangePort)
            )
            {
                fromOtherPort = change == ChangePort;
            }
            else if (type < FirstOptional)
            {
                return false;
            }
        }
        return attributes.IsWhole;
    }

    /// <summary>Says where a request came from. At most <see cref="MaxSize"/> bytes, with a fingerprint if it had one.</summary>
    public static int WriteSuccess(Span<byte> to, ReadOnlySpan<byte> request, IPEndPoint from)
    {
        var size = from.AddressFamily == AddressFamily.InterNetwork ? 4 : 16;
        var withFingerprint = HasFingerprint(request);
        var length = 4 + 4 + size;
        WriteHeader(to, BindingSuccess, length + (withFingerprint ? FingerprintSize : 0), TransactionOf(request));
        var value = to[HeaderSize..];
        BinaryPrimitives.WriteUInt16BigEndian(value, XorMappedAddress);
        BinaryPrimitives.WriteUInt16BigEndian(value[2..], (ushort)(4 + size));
        value[4] = 0;
        value[5] = size == 4 ? (byte)1 : (byte)2;
        BinaryPrimitives.WriteUInt16BigEndian(value[6..], (ushort)(from.Port ^ (int)(MagicCookie >> 16)));
        _ = from.Address.TryWriteBytes(value[8..], out _);
        Mask(value.Slice(8, size), to);
        var end = HeaderSize + length;
        return withFingerprint ? WriteFingerprint(to, end) : end;
    }

    /// <summary>The answer to a request of this transaction; false for everything else.</summary>
    public static bool TryReadSuccess(
        ReadOnlySpan<byte> datagram,
        ReadOnlySpan<byte> transaction,
        [NotNullWhen(true)] out IPEndPoint? mapped
    )
    {
        mapped = null;
        if (
            !IsStun(datagram)
            || TypeOf(datagram) != BindingSuccess
            || !TransactionOf(datagram).SequenceEqual(transaction)
        )
        {
            return false;
        }
        var attributes = new Attributes(datagram);
        while (attributes.TryRead(out var type, out var value))
        {
            if (type == XorMappedAddress)
            {
                // Of several the first counts (§14).
                mapped ??= ReadAddress(value, datagram);
            }
            else if (type == Fingerprint && !IsFingerprint(datagram, attributes.At - FingerprintSize))
            {
                mapped = null;
                return false;
            }
        }
        return attributes.IsWhole && mapped is not null;
    }

    public static ReadOnlySpan<byte> TransactionOf(ReadOnlySpan<byte> message) =>
        message.Slice(HeaderSize - TransactionSize, TransactionSize);

    private static ushort TypeOf(ReadOnlySpan<byte> message) => BinaryPrimitives.ReadUInt16BigEndian(message);

    private static void WriteHeader(Span<byte> to, ushort type, int length, ReadOnlySpan<byte> transaction)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, type);
        BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)length);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], MagicCookie);
        transaction.CopyTo(to[8..]);
    }

    private static IPEndPoint? ReadAddress(ReadOnlySpan<byte> value, ReadOnlySpan<byte> message)
    {
        if (value is not ([_, 1, ..] and { Length: 8 }) and not ([_, 2, ..] and { Length: 20 }))
        {
            return null;
        }
        Span<byte> address = stackalloc byte[16];
        address = address[..(value.Length - 4)];
        value[4..].CopyTo(address);
        Mask(address, message);
        var port = BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (int)(MagicCookie >> 16);
        return port == 0 ? null : new IPEndPoint(new IPAddress(address), port);
    }

    /// <summary>With cookie and transaction: NATs that rewrite every address they find do not find this one (§14.2).</summary>
    private static void Mask(Span<byte> address, ReadOnlySpan<byte> message)
    {
        for (var i = 0; i < address.Length; i++)
        {
            address[i] ^= message[4 + i];
        }
    }

    private static bool HasFingerprint(ReadOnlySpan<byte> message) =>
        message.Length >= HeaderSize + FingerprintSize
        && BinaryPrimitives.ReadUInt16BigEndian(message[^FingerprintSize..]) == Fingerprint;

    private static int WriteFingerprint(Span<byte> message, int at)
    {
        BinaryPrimitives.WriteUInt16BigEndian(message[at..], Fingerprint);
        BinaryPrimitives.WriteUInt16BigEndian(message[(at + 2)..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(message[(at + 4)..], Crc32(message[..at]) ^ FingerprintMask);
        return at + FingerprintSize;
    }

    private static bool IsFingerprint(ReadOnlySpan<byte> message, int at) =>
        at + FingerprintSize == message.Length
        && BinaryPrimitives.ReadUInt32BigEndian(message[(at + 4)..]) == (Crc32(message[..at]) ^ FingerprintMask);

    /// <summary>ITU-T V.42, bit by bit: a message has a few dozen bytes.</summary>
    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
        {
            crc ^= one;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ (0xEDB88320 & (uint)-(int)(crc & 1));
            }
        }
        return ~crc;
    }

    /// <summary>The attributes of a message, one after another (§14).</summary>
    private ref struct Attributes(ReadOnlySpan<byte> message)
    {
        private readonly ReadOnlySpan<byte> _message = message;

        /// <summary>Behind what was read.</summary>
        public int At { get; private set; } = HeaderSize;

        /// <summary>Whether they filled the message to its end.</summary>
        public readonly bool IsWhole => At == _message.Length;

        public bool TryRead(out ushort type, out ReadOnlySpan<byte> value)
        {
            type = 0;
            value = default;
            var rest = _message[At..];
            if (rest.Length < 4)
            {
                return false;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
            var padded = (length + 3) & ~3;
            if (padded > rest.Length - 4)
            {
                return false;
            }
            type = TypeOf(rest);
            value = rest.Slice(4, length);
            At += 4 + padded;
            return true;
        }
    }
}
