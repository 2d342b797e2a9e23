using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;

namespace Toss.Tests.Quic.Fuzz;

/// <summary>
/// Stands between two ends and holds all keys of what one of them sends, by the key log: it opens packets, changes their
/// frames, and seals them again. What it cannot open it leaves as it is.
/// </summary>
internal sealed class Meddler(bool ofServer, CipherSuite suite) : IDisposable
{
    private const int MostBytes = 1500;
    private const int IdLength = 8;
    private readonly PacketProtector?[] _keys = new PacketProtector?[2];
    private readonly long[] _largest = [-1, -1, -1];
    private OneRttProtector? _oneRtt;

    /// <summary>The destination of the client's first Initial: both sides' Initial keys follow from it.</summary>
    public void OnInitial(in ConnectionId destination)
    {
        Span<byte> client = stackalloc byte[32];
        Span<byte> server = stackalloc byte[32];
        KeyDerivation.InitialSecrets(destination.Span, client, server);
        var secret = ofServer ? server : client;
        _keys[0]?.Dispose();
        _keys[0] = new PacketProtector(CipherSuite.Aes128GcmSha256, secret, secret);
    }

    public void OnKeyLog(string line)
    {
        var parts = line.Split(' ');
        var secret = Convert.FromHexString(parts[2]);
        if (parts[0] == (ofServer ? "SERVER_HANDSHAKE_TRAFFIC_SECRET" : "CLIENT_HANDSHAKE_TRAFFIC_SECRET"))
        {
            _keys[1] ??= new PacketProtector(suite, secret, secret);
        }
        else if (parts[0] == (ofServer ? "SERVER_TRAFFIC_SECRET_0" : "CLIENT_TRAFFIC_SECRET_0"))
        {
            _oneRtt ??= new OneRttProtector(suite, secret, secret);
        }
    }

    /// <summary>The datagram with the frames of its last packet changed; itself if that does not open.</summary>
    public byte[] Change(byte[] datagram, Meddling what, int at, ReadOnlySpan<byte> bytes)
    {
        var start = 0;
        while (PacketHeader.TryRead(datagram.AsSpan(start), IdLength, greased: false, out var header))
        {
            var next = start + header.PacketLength;
            if (next < datagram.Length && datagram[next] != 0)
            {
                start = next;
                continue;
            }
            return TryOpen(
                header,
                datagram.AsSpan(start, header.PacketLength).ToArray(),
                out var packet,
                out var opened
            )
                ? [.. datagram.AsSpan(0, start), .. Seal(header.Type, packet, opened, what, at, bytes)]
                : datagram;
        }
        return datagram;
    }

    public void Dispose()
    {
        _keys[0]?.Dispose();
        _keys[1]?.Dispose();
        _oneRtt?.Dispose();
    }

    private bool TryOpen(scoped in PacketHeader header, byte[] bytes, out byte[] packet, out OpenedPacket opened)
    {
        (packet, opened) = (bytes, default);
        var space = SpaceOf(header.Type);
        var status = space switch
        {
            2 => _oneRtt?.Open(bytes, header.PacketNumberOffset, _largest[2], default, TimeSpan.Zero, out opened),
            0 or 1 => _keys[space]?.Open(bytes, header.PacketNumberOffset, _largest[space], out opened),
            _ => null,
        };
        if (status != OpenStatus.Opened)
        {
            return false;
        }
        _largest[space] = Math.Max(_largest[space], opened.PacketNumber);
        return true;
    }

    private byte[] Seal(
        PacketType type,
        byte[] packet,
        in OpenedPacket opened,
        Meddling what,
        int at,
        ReadOnlySpan<byte> bytes
    )
    {
        var header = packet.AsSpan(0, opened.PayloadOffset);
        var frames = Changed(packet.AsSpan(opened.PayloadOffset, opened.PayloadLength), what, at, bytes);
        var numberLength = (header[0] & 3) + 1;
        var room = MostBytes - header.Length - PacketAead.TagSize;
        var padding = Math.Max(0, HeaderProtection.SmallestPayload(numberLength) - frames.Length);
        byte[] changed =
        [
            .. header,
            .. frames.AsSpan(0, Math.Min(frames.Length, room)),
            .. new byte[padding + PacketAead.TagSize],
        ];
        if (what == Meddling.Header)
        {
            // Never the length of the number, or its own bytes would be read as frames.
            changed[0] ^= (byte)(at & (type == PacketType.OneRtt ? 0x18 : 0x0c));
        }
        var number = opened.PacketNumber;
        if (type == PacketType.OneRtt)
        {
            _ = _oneRtt!.TrySeal(changed, header.Length, numberLength, number);
            return changed;
        }
        PacketWriter.SetLength(changed, header.Length, numberLength);
        _ = _keys[SpaceOf(type)]!.TrySeal(changed, header.Length, numberLength, number);
        return changed;
    }

    private static byte[] Changed(ReadOnlySpan<byte> frames, Meddling what, int at, ReadOnlySpan<byte> bytes)
    {
        at = Math.Min(at, frames.Length);
        switch (what)
        {
            case Meddling.Flip:
                var flipped = frames.ToArray();
                for (var i = 0; i < bytes.Length && at + i < flipped.Length; i++)
                {
                    flipped[at + i] ^= bytes[i];
                }
                return flipped;
            case Meddling.Insert:
                return [.. frames[..at], .. bytes, .. frames[at..]];
            case Meddling.Cut:
                return [.. frames[..at], .. frames[Math.Min(frames.Length, at + bytes.Length)..]];
            case Meddling.Replace:
                return bytes.ToArray();
            case Meddling.Append:
                return [.. frames, .. bytes];
            default:
                return frames.ToArray();
        }
    }

    private static int SpaceOf(PacketType type) =>
        type switch
        {
            PacketType.Initial => 0,
            PacketType.Handshake => 1,
            PacketType.OneRtt => 2,
            _ => 3,
        };
}
