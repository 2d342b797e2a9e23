using System.Buffers.Binary;

namespace Toss.Wire.Circuits;

/// <summary>What a packet of a circuit is; its first byte. RFC 9443 §3 leaves 4 to 15 to nobody: neither STUN nor QUIC begins so.</summary>
public enum CircuitPacketKind : byte
{
    /// <summary>Device to relay: may I? Padded, so that no answer is longer than what asks for it.</summary>
    Ask = 8,

    /// <summary>Relay to device: a cookie for this source and circuit. Only who receives at the source has it.</summary>
    Cookie = 9,

    /// <summary>
    /// Device to relay: the cookie, and a proof that this is the circuit's side. From then on its datagrams go here; said
    /// again to keep it so.
    /// </summary>
    Show = 10,

    /// <summary>Relay to device: so it is.</summary>
    Shown = 11,

    /// <summary>A datagram of the circuit, either way.</summary>
    Carry = 12,
}

/// <summary>
/// Circuits on a relay's UDP port: docs/protocol/relay.md §9.
/// <code>
/// kind (1) ‖ circuit (16)                            Shown
/// kind (1) ‖ circuit (16) ‖ zeros (47)               Ask
/// kind (1) ‖ circuit (16) ‖ cookie (16)              Cookie
/// kind (1) ‖ circuit (16) ‖ cookie (16) ‖ proof (16) Show
/// kind (1) ‖ circuit (16) ‖ datagram (1…1,452)       Carry
/// </code>
/// The circuit is always the device's own end of it.
/// </summary>
public static class CircuitPacket
{
    public const int CookieSize = 16;

    /// <summary>Before a datagram.</summary>
    public const int HeadSize = 1 + 16;

    public const int AskSize = 64;

    public const int WithCookieSize = HeadSize + CookieSize;

    public const int ShowSize = WithCookieSize + CircuitSecret.ProofSize;

    public const int MaxSize = HeadSize + Limits.CircuitDatagram;

    /// <summary>False for what is none of these, or has another size than its kind has.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> packet,
        out CircuitPacketKind kind,
        out UInt128 circuit,
        out ReadOnlySpan<byte> rest
    )
    {
        (kind, circuit) = (default, default);
        rest = default;
        if (packet.Length < HeadSize)
        {
            return false;
        }
        kind = (CircuitPacketKind)packet[0];
        circuit = BinaryPrimitives.ReadUInt128BigEndian(packet[1..]);
        rest = packet[HeadSize..];
        return kind switch
        {
            CircuitPacketKind.Ask => packet.Length == AskSize,
            CircuitPacketKind.Cookie => packet.Length == WithCookieSize,
            CircuitPacketKind.Show => packet.Length == ShowSize,
            CircuitPacketKind.Shown => packet.Length == HeadSize,
            CircuitPacketKind.Carry => rest.Length is > 0 and <= Limits.CircuitDatagram,
            _ => false,
        };
    }

    public static byte[] Ask(UInt128 circuit) => Write(CircuitPacketKind.Ask, circuit, [], AskSize);

    public static byte[] Cookie(UInt128 circuit, ReadOnlySpan<byte> cookie) =>
        Write(CircuitPacketKind.Cookie, circuit, cookie, WithCookieSize);

    public static byte[] Show(UInt128 circuit, ReadOnlySpan<byte> cookie, CircuitSecret secret) =>
        Write(CircuitPacketKind.Show, circuit, [.. cookie, .. secret.Prove(cookie)], ShowSize);

    public static byte[] Shown(UInt128 circuit) => Write(CircuitPacketKind.Shown, circuit, [], HeadSize);

    /// <summary>Packets for datagrams of one size, the last perhaps shorter, one after another as they were.</summary>
    public static byte[] Carry(UInt128 circuit, ReadOnlySpan<byte> datagrams, int size)
    {
        var count = (datagrams.Length + size - 1) / size;
        var packets = new byte[datagrams.Length + (count * HeadSize)];
        for (var (from, to) = (0, 0); from < datagrams.Length; from += size, to += HeadSize + size)
        {
            WriteHead(packets.AsSpan(to), CircuitPacketKind.Carry, circuit);
            datagrams.Slice(from, Math.Min(size, datagrams.Length - from)).CopyTo(packets.AsSpan(to + HeadSize));
        }
        return packets;
    }

    private static byte[] Write(CircuitPacketKind kind, UInt128 circuit, ReadOnlySpan<byte> rest, int size)
    {
        var packet = new byte[size];
        WriteHead(packet, kind, circuit);
        rest.CopyTo(packet.AsSpan(HeadSize));
        return packet;
    }

    private static void WriteHead(Span<byte> packet, CircuitPacketKind kind, UInt128 circuit)
    {
        packet[0] = (byte)kind;
        BinaryPrimitives.WriteUInt128BigEndian(packet[1..], circuit);
    }
}
