using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;
using Toss.Tests.Fuzz;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>What a QUIC peer, or anybody who can send a datagram, makes us read.</summary>
internal static class QuicTargets
{
    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } =
        new Dictionary<string, FuzzTarget>
        {
            ["quic-datagram"] = new(ReadDatagram, 4),
            ["quic-frames"] = new(ReadFrames, 1),
            ["quic-parameters"] = new(ReadParameters, 1),
            ["quic-tls"] = new(TlsTarget.Read, 40),
            ["quic-connection"] = new(MeddledPair.Run, 160),
        };

    private static readonly ConnectionId s_id = new(Convert.FromHexString("8394c8f03e515708"));

    /// <summary>A server's view of a datagram: each packet of it, opened where it is an Initial.</summary>
    public static bool ReadDatagram(byte[] bytes)
    {
        using var protector = PacketProtector.Initial(s_id, isServer: true);
        var opened = false;
        for (var rest = bytes.AsSpan(); !rest.IsEmpty; )
        {
            if (!PacketHeader.TryRead(rest, 8, greased: false, out var header))
            {
                return false;
            }
            if (header.Type == PacketType.Initial)
            {
                var packet = rest[..header.PacketLength].ToArray();
                var status = protector.Open(packet, header.PacketNumberOffset, -1, out var initial);
                var payload = packet.AsSpan(initial.PayloadOffset, initial.PayloadLength);
                opened |= status == OpenStatus.Opened && Walk(payload, new FrameRules(PacketType.Initial, true));
            }
            rest = rest[header.PacketLength..];
        }
        return opened;
    }

    /// <summary>The frames of a packet that was authentic; what each says is looked at.</summary>
    public static bool ReadFrames(byte[] bytes) =>
        Walk(bytes, new FrameRules(PacketType.OneRtt, FromClient: false, 1200, ObservedAddresses: true));

    /// <summary>The first byte says who sent them: 1 is a server. What is read can be written and read again.</summary>
    public static bool ReadParameters(byte[] bytes)
    {
        var fromServer = bytes.Length > 0 && bytes[0] == 1;
        if (bytes.Length == 0 || !TransportParametersReader.TryRead(bytes.AsSpan(1), fromServer, out var parameters))
        {
            return false;
        }
        var written = new byte[512];
        var size = TransportParametersWriter.Write(written, parameters);
        return TransportParametersReader.TryRead(written.AsSpan(0, size), fromServer, out _);
    }

    private static bool Walk(ReadOnlySpan<byte> payload, FrameRules rules)
    {
        var reader = new FrameReader(payload, rules);
        while (reader.TryRead(out var frame))
        {
            var acknowledged = frame.Ack.Largest;
            foreach (var range in frame.Ack)
            {
                if (range.Smallest < 0 || range.Smallest > range.Largest || range.Largest > acknowledged)
                {
                    throw new InvalidOperationException("A range below zero, or not in order.");
                }
            }
            if (frame.Offset + frame.Data.Length is < 0 or > VarInt.Maximum)
            {
                throw new InvalidOperationException("Data beyond the largest offset.");
            }
        }
        return reader.Error == TransportErrorCode.NoError;
    }
}
