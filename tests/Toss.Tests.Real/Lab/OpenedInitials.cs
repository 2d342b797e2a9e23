using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;
using Toss.Testing.Net;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// The first packets of QUIC, which anybody can open who has the connection id that a dial begins with (RFC 9001 §5.2): the
/// ClientHello is in there, and the ServerHello.
/// </summary>
internal static class OpenedInitials
{
    private const int IdLength = 8; // of short headers, which end the search anyway

    public static IReadOnlyList<CapturedPacket> Of(IReadOnlyList<CapturedPacket> packets)
    {
        var all = new List<CapturedPacket>();
        var dials = new Dictionary<string, ConnectionId>(); // by the id that the one who dials has for itself
        foreach (var packet in packets.Where(static packet => !packet.IsTcp))
        {
            for (var rest = packet.Payload.AsSpan(); !rest.IsEmpty; )
            {
                if (!PacketHeader.TryRead(rest, IdLength, greased: false, out var header) || header.Version != 1)
                {
                    break;
                }
                if (header.Type == PacketType.Initial && Open(rest[..header.PacketLength], header, dials) is { } opened)
                {
                    all.Add(packet with { Payload = opened });
                }
                rest = rest[header.PacketLength..];
            }
        }
        return all;
    }

    private static byte[]? Open(
        ReadOnlySpan<byte> packet,
        in PacketHeader header,
        Dictionary<string, ConnectionId> dials
    )
    {
        var isAnswer = dials.TryGetValue(Convert.ToHexString(header.Destination.Span), out var dialled);
        if (!isAnswer)
        {
            dialled = header.Destination;
            dials.TryAdd(Convert.ToHexString(header.Source.Span), dialled);
        }
        using var keys = PacketProtector.Initial(dialled, isServer: !isAnswer);
        var bytes = packet.ToArray();
        return keys.Open(bytes, header.PacketNumberOffset, -1, out var opened) == OpenStatus.Opened
            ? bytes.AsSpan(opened.PayloadOffset, opened.PayloadLength).ToArray()
            : null;
    }
}
