using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Streams;
using Toss.Quic.Tls;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

/// <summary>One packet number space of a connection: what came, what is said in CRYPTO frames, and its keys (RFC 9000 §12.3).</summary>
internal sealed class NumberSpace(PacketSpace space, TimeSpan maxAckDelay, BlockPool pool)
{
    public PacketSpace Space { get; } = space;

    public TlsLevel Level { get; } = (TlsLevel)space;

    public PacketType Packet { get; } =
        space switch
        {
            PacketSpace.Initial => PacketType.Initial,
            PacketSpace.Handshake => PacketType.Handshake,
            _ => PacketType.OneRtt,
        };

    public AckTracker Acks { get; } = new(space, maxAckDelay);

    public CryptoStream Crypto { get; } = new(pool);

    /// <summary>Of Initial and Handshake; null before there are keys, and when they are gone.</summary>
    public PacketProtector? Protector { get; set; }

    /// <summary>Its keys are gone for good.</summary>
    public bool IsDiscarded { get; set; }

    /// <summary>Packets that must go out whatever the window says (RFC 9002 §6.2.4).</summary>
    public int Probes { get; set; }

    /// <summary>Packets sent in a row with nothing that the peer would acknowledge.</summary>
    public int OnlyAcks { get; set; }
}
