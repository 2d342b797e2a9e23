using System.Net;
using System.Security.Cryptography;
using Toss.Relay.Routing;
using Toss.Wire.Circuits;

namespace Toss.Relay.Udp;

/// <summary>
/// Circuits on UDP: docs/protocol/relay.md §9. Nothing is kept of a source, and no circuit is looked up for it, before it has
/// shown a cookie that was sent to it; until then it gets at most half of what it sent. A circuit goes there only with a proof
/// by its secret, for ids and cookies are read by whoever is on the way; after that its packets count only from there. Knows no
/// socket. Thread-safe.
/// </summary>
public sealed class CircuitPort(Router router, TimeProvider time, IRandomness random)
{
    private const int SecretSize = 32;

    /// <summary>A cookie is good for as long again after the secret has changed: a device shows its own every few seconds.</summary>
    private static readonly TimeSpan SecretFor = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private byte[] _secret = Draw(random);
    private byte[] _before = Draw(random);

    // By the clock that nobody sets: a jump of the other would make every cookie void.
    private long _changed = time.GetTimestamp();

    /// <summary>Who asked for cookies beyond the limit is not answered: the caller counts.</summary>
    /// <param name="mayAnswer">Asked before a source that proved nothing is answered.</param>
    public void Handle(
        ReadOnlySpan<byte> packet,
        IPEndPoint from,
        ICircuitSocket socket,
        Func<IPAddress, bool> mayAnswer
    )
    {
        if (!CircuitPacket.TryRead(packet, out var kind, out var circuit, out var rest))
        {
            return;
        }
        switch (kind)
        {
            case CircuitPacketKind.Ask when mayAnswer(from.Address):
                socket.Send(CircuitPacket.Cookie(circuit, CookieOf(Secrets().Now, from, circuit)), 0, from);
                break;
            case CircuitPacketKind.Show:
                var (now, before) = Secrets();
                var cookie = rest[..CircuitPacket.CookieSize];
                var proof = rest[CircuitPacket.CookieSize..];
                var isRight =
                    CryptographicOperations.FixedTimeEquals(cookie, CookieOf(now, from, circuit))
                    || CryptographicOperations.FixedTimeEquals(cookie, CookieOf(before, from, circuit));
                if (isRight && router.BindCircuit(circuit, cookie, proof, new CircuitWay(socket, from)))
                {
                    socket.Send(CircuitPacket.Shown(circuit), 0, from);
                }
                break;
            case CircuitPacketKind.Carry:
                router.PassDatagram(circuit, new CircuitWay(socket, from), rest);
                break;
        }
    }

    private (byte[] Now, byte[] Before) Secrets()
    {
        lock (_gate)
        {
            if (time.GetElapsedTime(_changed) >= SecretFor)
            {
                (_before, _secret, _changed) = (_secret, Draw(random), time.GetTimestamp());
            }
            return (_secret, _before);
        }
    }

    private static byte[] CookieOf(byte[] secret, IPEndPoint from, UInt128 circuit)
    {
        Span<byte> said = stackalloc byte[16 + 2 + 16];
        from.Address.MapToIPv6().TryWriteBytes(said, out _);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(said[16..], (ushort)from.Port);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(said[18..], circuit);
        return HMACSHA256.HashData(secret, said)[..CircuitPacket.CookieSize];
    }

    private static byte[] Draw(IRandomness random)
    {
        var secret = new byte[SecretSize];
        random.Fill(secret);
        return secret;
    }
}
