using System.Buffers.Binary;
using Toss.Quic.Connections;
using Toss.Quic.Protection;
using Toss.Quic.Wire;

namespace Toss.Quic.Endpoints;

// Tokens that prove a client's address (RFC 9000 §8.1).
internal sealed partial class Endpoint
{
    // Carrier, address, port.
    private const int PeerSize = 4 + 16 + 2;

    /// <summary>Connections that peers began, in the order they did, until their address is known to be theirs.</summary>
    private readonly List<Connection> _unvalidated = [];

    private enum AddressProof
    {
        None,

        /// <summary>It answered our Retry.</summary>
        Retried,

        /// <summary>It had a token from an earlier connection.</summary>
        Known,

        /// <summary>It answered our Retry too late (§8.1.3).</summary>
        Late,
    }

    private AddressProof CheckToken(
        scoped in PacketHeader header,
        in NetworkPath from,
        Instant now,
        out ConnectionId original
    )
    {
        original = default;
        if (header.Token.IsEmpty)
        {
            return AddressProof.None;
        }
        Span<byte> peer = stackalloc byte[PeerSize];
        WritePeer(from, withPort: true, peer);
        var status = _tokens.Open(header.Token, peer, now, out var token);
        if (status != AddressTokenStatus.Unknown && token.Kind == AddressTokenKind.Retry)
        {
            original = token.OriginalDestination;
            return status == AddressTokenStatus.Valid ? AddressProof.Retried : AddressProof.Late;
        }
        WritePeer(from, withPort: false, peer);
        return
            _tokens.Open(header.Token, peer, now, out token) == AddressTokenStatus.Valid
            && token.Kind == AddressTokenKind.NewToken
            && TryUse(header.Token, now)
            ? AddressProof.Known
            : AddressProof.None;
    }

    /// <summary>§8.1.4: a token proves something once.</summary>
    private bool TryUse(ReadOnlySpan<byte> token, Instant now)
    {
        if (now >= _usedTokensUntil)
        {
            // Every token that was used before has expired since.
            _usedTokens.Clear();
        }
        if (_usedTokens.Count >= MaxUsedTokens)
        {
            return false;
        }
        _usedTokensUntil = now + _options.TokenLifetime;
        // Its random nonce, which no other has.
        return _usedTokens.Add(BinaryPrimitives.ReadUInt128BigEndian(token));
    }

    /// <summary>A token for the client's next connection, good for its address with any port.</summary>
    private void OfferToken(Connection connection, Instant now)
    {
        Span<byte> peer = stackalloc byte[PeerSize];
        WritePeer(connection.Path, withPort: false, peer);
        Span<byte> nonce = stackalloc byte[AddressTokenSealer.NonceSize];
        _random.Fill(nonce);
        Span<byte> token = stackalloc byte[AddressTokenSealer.MaximumSize];
        var content = new AddressToken(AddressTokenKind.NewToken, now + _options.TokenLifetime);
        connection.OfferToken(token[.._tokens.Seal(content, peer, nonce, token)]);
    }

    private static void WritePeer(in NetworkPath path, bool withPort, Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt32BigEndian(bytes, path.Carrier);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[4..], path.Address);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[20..], withPort ? path.Port : (ushort)0);
    }
}
