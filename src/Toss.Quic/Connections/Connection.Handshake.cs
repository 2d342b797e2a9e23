using System.Security.Cryptography;
using Toss.Quic.Diagnostics;
using Toss.Quic.Protection;
using Toss.Quic.Recovery;
using Toss.Quic.Tls;
using Toss.Quic.Wire;

namespace Toss.Quic.Connections;

// The handshake: TLS, keys, transport parameters, Retry (RFC 9000 §7, §17.2; RFC 9001 §4).
internal sealed partial class Connection
{
    private const int CryptoPiece = 1024;
    private const int MaximumParameters = 512;

    private HandshakeIds _handshake;

    // Of Initial packets to this server.
    private byte[] _token = [];

    // The source of the peer's long headers never changes once it is known (§7.2).
    private bool _knowsPeerId;
    private TransportParameters? _peer;
    private long _failedToOpen;
    private bool _isConfirmed;
    private bool _handshakeDoneDue;
    private bool _wantsKeyUpdate;
    private byte[]? _offeredToken;
    private bool _offeredTokenDue;

    /// <summary>A server gives the client a token for its next connection; called once, when it is established.</summary>
    public void OfferToken(ReadOnlySpan<byte> token) => (_offeredToken, _offeredTokenDue) = (token.ToArray(), true);

    /// <summary>Gives TLS what came, and takes what it says.</summary>
    private TransportErrorCode PumpTls(Instant now)
    {
        Span<byte> bytes = stackalloc byte[CryptoPiece];
        while (true)
        {
            if (TakeFromTls(now) is var error and not TransportErrorCode.NoError)
            {
                return error;
            }
            if (NextToRead() is not { } space)
            {
                return TransportErrorCode.NoError;
            }
            var length = space.Crypto.Read(bytes);
            error = _tls.Receive(space.Level, bytes[..length]);
            if (error != TransportErrorCode.NoError)
            {
                return error;
            }
        }
    }

    /// <summary>A level with bytes for TLS. Those of a later level wait; TLS refuses those of an earlier one.</summary>
    private NumberSpace? NextToRead()
    {
        for (var level = 0; level <= (int)_tls.ReadLevel; level++)
        {
            if (_spaces[level].Crypto.Readable > 0)
            {
                return _spaces[level];
            }
        }
        return null;
    }

    private TransportErrorCode TakeFromTls(Instant now)
    {
        Span<byte> bytes = stackalloc byte[CryptoPiece];
        while (_tls.TryNext(out var next))
        {
            var error = next switch
            {
                TlsEvent.Keys keys => OnKeys(keys, now),
                TlsEvent.PeerParameters parameters => OnPeerParameters(parameters.TransportParameters),
                TlsEvent.Complete complete => OnComplete(complete, now),
                _ => TransportErrorCode.NoError,
            };
            if (error != TransportErrorCode.NoError)
            {
                return error;
            }
        }
        foreach (var space in _spaces)
        {
            for (int waiting; (waiting = _tls.PendingOutput(space.Level)) > 0; )
            {
                var taken = _tls.TakeOutput(space.Level, bytes[..Math.Min(waiting, bytes.Length)]);
                if (space.Crypto.Sending.Append(bytes[..taken]) < taken)
                {
                    return TransportErrorCode.InternalError;
                }
            }
        }
        return _tls.Error;
    }

    private TransportErrorCode OnKeys(TlsEvent.Keys keys, Instant now)
    {
        var (ours, theirs) = _isServer ? (keys.Server, keys.Client) : (keys.Client, keys.Server);
        if (keys.Level == TlsLevel.Handshake)
        {
            _spaces[1].Protector = new PacketProtector(keys.Suite, ours, theirs);
            if (!_isServer)
            {
                _recovery.OnHandshakeKeys(now);
            }
        }
        else
        {
            _oneRtt = new OneRttProtector(keys.Suite, ours, theirs);
            _oneRtt.AddFailed(_failedToOpen);
        }
        _qlog?.KeysOfTls(keys.Level == TlsLevel.Handshake ? PacketSpace.Handshake : PacketSpace.Application, now);
        CryptographicOperations.ZeroMemory(keys.Client);
        CryptographicOperations.ZeroMemory(keys.Server);
        _replaysDue = true;
        return TransportErrorCode.NoError;
    }

    private TransportErrorCode OnComplete(TlsEvent.Complete complete, Instant now)
    {
        State = ConnectionState.Established;
        _localIds.Fill(_peer!.ActiveConnectionIdLimit);
        _replaysDue = true;
        _qlog?.State(QlogNames.Of(State), now);
        _qlog?.Protocol(complete.Protocol, now);
        Raise(new ConnectionEvent.Connected(complete.Peer, complete.Protocol));
        if (_isServer)
        {
            _handshakeDoneDue = true;
            Confirm(now);
        }
        return TransportErrorCode.NoError;
    }

    /// <summary>RFC 9001 §4.1.2, §4.9.2.</summary>
    private void Confirm(Instant now)
    {
        if (_isConfirmed)
        {
            return;
        }
        _isConfirmed = true;
        _qlog?.State("handshake_confirmed", now);
        _oneRtt!.IsHandshakeConfirmed = true;
        Discard(PacketSpace.Initial, now);
        Discard(PacketSpace.Handshake, now);
        _recovery.OnHandshakeConfirmed(now);
        _token = [];
        _active.ObservedDue = ProvidesAddresses;
        Raise(new ConnectionEvent.Confirmed());
    }

    /// <summary>RFC 9001 §4.9.</summary>
    private void Discard(PacketSpace which, Instant now)
    {
        var space = Space(which);
        if (space.IsDiscarded)
        {
            return;
        }
        space.IsDiscarded = true;
        _qlog?.KeysDiscarded(which, now);
        if (space.Protector is { } protector)
        {
            // The integrity limit counts all keys of a connection (RFC 9001 §6.6).
            _failedToOpen += protector.Failed;
            _oneRtt?.AddFailed(protector.Failed);
            protector.Dispose();
            space.Protector = null;
        }
        space.Probes = 0;
        space.Acks.OnAckSent();
        space.Crypto.Drop();
        _recovery.OnKeysDiscarded(which, now);
    }

    private byte[] OurParameters()
    {
        var resetToken = Array.Empty<byte>();
        if (_isServer && !_localIds.First.IsEmpty)
        {
            resetToken = new byte[ResetToken.Size];
            _ids.MakeResetToken(_localIds.First, resetToken);
        }
        var limits = _options.Limits;
        var parameters = new TransportParameters
        {
            OriginalDestinationConnectionId = _isServer ? _handshake.Original : null,
            RetrySourceConnectionId = _isServer ? _handshake.RetrySource : null,
            StatelessResetToken = resetToken,
            InitialSourceConnectionId = _localIds.First,
            MaxIdleTimeout = (long)_options.IdleTimeout.TotalMilliseconds,
            InitialMaxData = limits.Data,
            InitialMaxStreamDataBidirectionalLocal = limits.OwnBidirectional,
            InitialMaxStreamDataBidirectionalRemote = limits.PeerBidirectional,
            InitialMaxStreamDataUnidirectional = limits.Unidirectional,
            InitialMaxStreamsBidirectional = limits.BidirectionalStreams,
            InitialMaxStreamsUnidirectional = limits.UnidirectionalStreams,
            MaxAckDelay = (long)_options.MaxAckDelay.TotalMilliseconds,
            ActiveConnectionIdLimit = PeerIds.Limit,
            MaxDatagramFrameSize = _options.MaxDatagramFrameSize,
            DisableActiveMigration = _isServer && _options.DisablesMigration,
            AddressDiscovery = _options.AddressDiscovery,
        };
        _qlog?.Parameters(isOurs: true, parameters, _now);
        Span<byte> grease = stackalloc byte[TransportParametersWriter.MaximumGrease];
        _random.Fill(grease);
        Span<byte> encoded = stackalloc byte[MaximumParameters];
        return encoded[..TransportParametersWriter.Write(encoded, parameters, grease)].ToArray();
    }

    private TransportErrorCode OnPeerParameters(ReadOnlySpan<byte> encoded)
    {
        // §7.3: who changed a connection ID on the way is found out here.
        if (
            !TransportParametersReader.TryRead(encoded, fromServer: !_isServer, out var peer)
            || peer.InitialSourceConnectionId != _active.Peer.Id
            || (!_isServer && peer.OriginalDestinationConnectionId != _handshake.Original)
            || (!_isServer && peer.RetrySourceConnectionId != _handshake.RetrySource)
        )
        {
            return TransportErrorCode.TransportParameterError;
        }
        _peer = peer;
        _qlog?.Parameters(isOurs: false, peer, _now);
        _active.Mtu.LimitTo(LargestDatagram);
        _recovery.MaxAckDelay = TimeSpan.FromMilliseconds(peer.MaxAckDelay);
        if (!peer.StatelessResetToken.IsEmpty && !_active.Peer.Id.IsEmpty)
        {
            _peerIds.SetFirstToken(ResetToken.Read(peer.StatelessResetToken.Span));
        }
        Streams.SetPeerLimits(
            new StreamLimits
            {
                Data = peer.InitialMaxData,
                OwnBidirectional = peer.InitialMaxStreamDataBidirectionalLocal,
                PeerBidirectional = peer.InitialMaxStreamDataBidirectionalRemote,
                Unidirectional = peer.InitialMaxStreamDataUnidirectional,
                BidirectionalStreams = peer.InitialMaxStreamsBidirectional,
                UnidirectionalStreams = peer.InitialMaxStreamsUnidirectional,
            }
        );
        return TransportErrorCode.NoError;
    }

    /// <summary>RFC 9000 §17.2.5.2.</summary>
    private void OnRetry(in PacketHeader header, ReadOnlySpan<byte> packet, Instant now)
    {
        if (
            _isServer
            || _knowsPeerId
            || _handshake.RetrySource is not null
            || header.Destination != _localIds.First
            || header.Source == _active.Peer.Id
            || !RetryIntegrity.IsValid(_handshake.Original, packet)
        )
        {
            Drop(PacketType.Retry, packet.Length, DropTrigger.Rejected);
            return;
        }
        _qlog?.ReceivedRetry(packet.Length, now);
        Counters.Retries++;
        _handshake = _handshake with { RetrySource = header.Source };
        _token = header.Token.ToArray();
        _active.Peer = _peerIds.SetFirst(header.Source);
        _spaces[0].Protector!.Dispose();
        _spaces[0].Protector = PacketProtector.Initial(header.Source, isServer: false);
        _recovery.Abandon(PacketSpace.Initial, now);
    }

    /// <summary>RFC 9000 §6.2: believed only before anything else of the server was.</summary>
    private void OnVersionNegotiation(in PacketHeader header, int length)
    {
        if (
            _isServer
            || _knowsPeerId
            || _handshake.RetrySource is not null
            || header.Destination != _localIds.First
            || header.Source != _handshake.Original
            || PacketWriter.Offers(header.Versions, QuicVersion.One)
        )
        {
            Drop(PacketType.VersionNegotiation, length, DropTrigger.Rejected);
            return;
        }
        _qlog?.ReceivedVersions(header.Versions, _now);
        Closed ??= new CloseReason(CloseCause.Version, IsApplication: false, 0);
        BeGone();
    }
}
