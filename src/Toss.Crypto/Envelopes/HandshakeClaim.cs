using System.Security.Cryptography;
using Toss.Crypto.Identity;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>Who a valid handshake says it is from, and what opens its session. Secret; dispose it.</summary>
public sealed class HandshakeClaim : IDisposable
{
    private readonly HandshakeIdentity _identity;
    private readonly byte[] _root;
    private readonly byte[] _handshakeHash;
    private readonly byte[] _prekeyId;
    private readonly byte[] _prekeyPrivate;
    private readonly IReadOnlyList<SessionId> _replaces;
    private bool _disposed;

    internal HandshakeClaim(
        DeviceId peer,
        HandshakeIdentity identity,
        SessionId session,
        byte[] root,
        byte[] handshakeHash,
        PrekeyPair prekey,
        IReadOnlyList<SessionId> replaces
    )
    {
        Peer = peer;
        Session = session;
        _identity = identity;
        _root = root;
        _handshakeHash = handshakeHash;
        _prekeyId = prekey.Id.ToByteArray();
        _prekeyPrivate = prekey.X25519.PrivateKey.ToArray();
        _replaces = replaces;
    }

    public DeviceId Peer { get; }

    /// <summary>Ed25519 public key, 32 bytes.</summary>
    public ReadOnlyMemory<byte> PeerKey => _identity.DeviceKey.Memory;

    /// <summary>Null if the peer took it that I hold its Card. Nothing in it is verified yet.</summary>
    public Introduction? Introduction => _identity.Introduction;

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_root);
        CryptographicOperations.ZeroMemory(_prekeyPrivate);
    }

    public override string ToString() => $"HandshakeClaim({Peer.Short})";

    internal SessionId Session { get; }

    /// <summary>The session this handshake makes, before its first message; owns copies of its secrets.</summary>
    internal Session Begin(DateTimeOffset now)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return Envelopes.Session.Respond(
            Session,
            [.. _root],
            _handshakeHash,
            _prekeyId,
            [.. _prekeyPrivate],
            _replaces,
            now.ToUnixTimeMilliseconds()
        );
    }
}
