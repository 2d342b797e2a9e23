using System.Security.Cryptography;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>
/// One Double Ratchet session (Signal, "The Double Ratchet Algorithm" §3), without envelopes and clocks of its own. Two
/// things differ from the paper: a new ratchet key is made when the next message is sealed, not when one is opened, so
/// that opening needs no randomness and the key is as young as can be; and our half of a ratchet key is erased once it
/// has met the peer's, since the peer takes no further step before it hears from us.
/// Mutable, and left half-changed by a failure: work on a <see cref="Clone"/>. Not thread-safe.
/// </summary>
internal sealed partial class Session : IDisposable
{
    private readonly byte[] _root;
    private byte[]? _ownPrivate;
    private byte[]? _ownPublic;
    private byte[]? _peerPublic;
    private byte[]? _sendingChain;
    private byte[]? _receivingChain;
    private uint _sendNumber;
    private uint _receiveNumber;
    private uint _previousCount;
    private SkippedMessageKeys _skipped = new();

    private Session(SessionId id, byte[] root, byte[] handshakeHash, byte[] prekeyId, bool initiator, long createdAtMs)
    {
        Id = id;
        _root = root;
        HandshakeHash = handshakeHash;
        PrekeyId = prekeyId;
        Initiator = initiator;
        CreatedAtMs = createdAtMs;
    }

    public SessionId Id { get; }

    public byte[] HandshakeHash { get; }

    /// <summary>Of the responder.</summary>
    public byte[] PrekeyId { get; }

    public bool Initiator { get; }

    public long CreatedAtMs { get; }

    /// <summary>0 while it is the current one.</summary>
    public long SupersededAtMs { get; set; }

    /// <summary>Messages sealed and opened.</summary>
    public ulong Messages { get; private set; }

    /// <summary>Goes with every message until the first answer.</summary>
    public Handshake? Pending { get; private set; }

    /// <summary>The initiator's earlier handshakes to which this one is the successor.</summary>
    public IReadOnlyList<SessionId> Replaces { get; private init; } = [];

    public bool Unanswered => Pending is not null;

    public static Session Initiate(
        SessionId id,
        byte[] root,
        byte[] handshakeHash,
        Prekey prekey,
        Handshake handshake,
        IReadOnlyList<SessionId> replaces,
        long nowMs
    ) =>
        new(id, root, handshakeHash, prekey.Id.ToByteArray(), true, nowMs)
        {
            _peerPublic = prekey.X25519.ToByteArray(),
            Pending = handshake,
            Replaces = replaces,
        };

    /// <summary>The prekey's X25519 is the responder's first ratchet key.</summary>
    public static Session Respond(
        SessionId id,
        byte[] root,
        byte[] handshakeHash,
        byte[] prekeyId,
        byte[] prekeyPrivate,
        IReadOnlyList<SessionId> replaces,
        long nowMs
    ) => new(id, root, handshakeHash, prekeyId, false, nowMs) { _ownPrivate = prekeyPrivate, Replaces = replaces };

    /// <summary>Takes the next sending step. Fails only if the peer's first ratchet key gives an all-zero agreement.</summary>
    public bool TryNextToSeal(IRandomSource random, out SendingStep step)
    {
        step = default;
        if (_sendingChain is null)
        {
            using var pair = X25519KeyPair.Generate(random);
            Span<byte> agreement = stackalloc byte[X25519KeyPair.KeySize];
            if (_peerPublic is null || !pair.TryAgree(_peerPublic, agreement))
            {
                return false;
            }
            _sendingChain = RatchetKdf.StepRoot(_root, agreement);
            CryptographicOperations.ZeroMemory(agreement);
            _previousCount = _sendNumber;
            _sendNumber = 0;
            _ownPrivate = pair.PrivateKey.ToArray();
            _ownPublic = pair.PublicKey;
        }
        step = new(_ownPublic!, _previousCount, _sendNumber, RatchetKdf.StepChain(_sendingChain));
        _sendNumber++;
        Messages++;
        return true;
    }

    /// <summary>Finds the key of a received message; the caller zeroes it.</summary>
    public OpenStatus TryFindKey(EnvelopeHeader header, long nowMs, out byte[] messageKey)
    {
        var ratchetKey = header.RatchetKey.ToByteArray();
        if (_skipped.Take(ratchetKey, header.Number) is { } kept)
        {
            messageKey = kept;
            return OpenStatus.Opened;
        }
        messageKey = [];
        if (_receivingChain is not null && ratchetKey.AsSpan().SequenceEqual(_peerPublic))
        {
            if (header.Number < _receiveNumber)
            {
                return OpenStatus.Replayed;
            }
            if (header.Number - _receiveNumber > Limits.SkippedKeys)
            {
                return OpenStatus.TooManySkipped;
            }
        }
        else
        {
            var status = StepReceiving(header, ratchetKey, nowMs);
            if (status != OpenStatus.Opened)
            {
                return status;
            }
        }
        SkipTo(header.Number, nowMs);
        messageKey = RatchetKdf.StepChain(_receivingChain!);
        _receiveNumber++;
        return OpenStatus.Opened;
    }

    /// <summary>The message was authentic: the peer has this session.</summary>
    public void Opened()
    {
        Pending = null;
        Messages++;
    }

    public bool Expire(long storedUntilMs) => _skipped.Expire(storedUntilMs);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_root);
        SecretBytes.Zero(_ownPrivate);
        SecretBytes.Zero(_sendingChain);
        SecretBytes.Zero(_receivingChain);
        _skipped.Dispose();
    }

    private OpenStatus StepReceiving(EnvelopeHeader header, byte[] ratchetKey, long nowMs)
    {
        if (_skipped.Knows(ratchetKey))
        {
            // A chain we left: this message of it was opened before.
            return OpenStatus.Replayed;
        }
        // Without a key of ours that the peer may have answered, no new ratchet key can be the peer's.
        if (_ownPrivate is null || (_receivingChain is not null && header.PreviousCount < _receiveNumber))
        {
            return OpenStatus.NotAuthentic;
        }
        // Both gaps are judged before a single key is derived: the header is not authentic yet.
        var before = _receivingChain is null ? 0 : (ulong)(header.PreviousCount - _receiveNumber);
        if (before + header.Number > Limits.SkippedKeys)
        {
            return OpenStatus.TooManySkipped;
        }
        Span<byte> agreement = stackalloc byte[X25519KeyPair.KeySize];
        if (!X25519KeyPair.TryAgree(_ownPrivate, ratchetKey, agreement))
        {
            return OpenStatus.NotAuthentic;
        }
        if (_receivingChain is not null)
        {
            SkipTo(header.PreviousCount, nowMs);
            CryptographicOperations.ZeroMemory(_receivingChain);
        }
        _receivingChain = RatchetKdf.StepRoot(_root, agreement);
        CryptographicOperations.ZeroMemory(agreement);
        _peerPublic = ratchetKey;
        _receiveNumber = 0;
        SecretBytes.Zero(_ownPrivate);
        _ownPrivate = null;
        _ownPublic = null;
        SecretBytes.Zero(_sendingChain);
        _sendingChain = null;
        return OpenStatus.Opened;
    }

    private void SkipTo(uint number, long nowMs)
    {
        while (_receiveNumber < number)
        {
            _skipped.Add(_peerPublic!, _receiveNumber, RatchetKdf.StepChain(_receivingChain!), nowMs);
            _receiveNumber++;
        }
    }
}

/// <summary>What one sealed message takes from the ratchet. The caller zeroes the key.</summary>
internal readonly record struct SendingStep(byte[] RatchetKey, uint PreviousCount, uint Number, byte[] MessageKey);
