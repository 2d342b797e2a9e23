using Google.Protobuf;
using Toss.Crypto.Primitives;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>How a session is kept and copied.</summary>
internal sealed partial class Session
{
    /// <summary>Lends this session's arrays: serialise the record before the session changes.</summary>
    public SessionRecord ToRecord()
    {
        var record = new SessionRecord
        {
            Id = ByteString.CopyFrom(Id.ToBytes()),
            HandshakeHash = UnsafeByteOperations.UnsafeWrap(HandshakeHash),
            Pending = Pending,
            Initiator = Initiator,
            RootKey = SecretBytes.Lend(_root),
            OwnRatchetPrivate = SecretBytes.Lend(_ownPrivate),
            OwnRatchetPublic = SecretBytes.Lend(_ownPublic),
            PeerRatchetPublic = SecretBytes.Lend(_peerPublic),
            SendingChain = SecretBytes.Lend(_sendingChain),
            ReceivingChain = SecretBytes.Lend(_receivingChain),
            SendNumber = _sendNumber,
            ReceiveNumber = _receiveNumber,
            PreviousCount = _previousCount,
            CreatedAtMs = CreatedAtMs,
            SupersededAtMs = SupersededAtMs,
            Messages = Messages,
            PrekeyId = UnsafeByteOperations.UnsafeWrap(PrekeyId),
        };
        record.Skipped.AddRange(_skipped.ToRecord());
        record.Replaces.AddRange(Replaces.Select(id => ByteString.CopyFrom(id.ToBytes())));
        return record;
    }

    /// <summary>Takes the secrets out of a record that is ours alone. False if it is not one that <see cref="ToRecord"/> gave.</summary>
    public static bool TryFromRecord(SessionRecord record, out Session session)
    {
        session = null!;
        var replaces = new List<SessionId>();
        foreach (var bytes in record.Replaces)
        {
            if (!SessionId.TryFrom(bytes.Span, out var replaced))
            {
                return false;
            }
            replaces.Add(replaced);
        }
        if (
            !SessionId.TryFrom(record.Id.Span, out var id)
            || record.HandshakeHash.Length != 32
            || record.RootKey.Length != RatchetKdf.KeySize
            || record.Skipped.Count > Limits.SkippedKeys
            || !KeyOrEmpty(record.OwnRatchetPrivate)
            || !KeyOrEmpty(record.OwnRatchetPublic)
            || !KeyOrEmpty(record.PeerRatchetPublic)
            || !KeyOrEmpty(record.SendingChain)
            || !KeyOrEmpty(record.ReceivingChain)
            || (!record.SendingChain.IsEmpty && record.OwnRatchetPublic.IsEmpty)
            || (!record.ReceivingChain.IsEmpty && record.PeerRatchetPublic.IsEmpty)
            || record.Skipped.Any(key => key.RatchetKey.Length != X25519KeyPair.KeySize || !IsKey(key.MessageKey))
        )
        {
            return false;
        }
        session = new(
            id,
            SecretBytes.Take(record.RootKey),
            record.HandshakeHash.ToByteArray(),
            record.PrekeyId.ToByteArray(),
            record.Initiator,
            record.CreatedAtMs
        )
        {
            Pending = record.Pending,
            Replaces = replaces,
            SupersededAtMs = record.SupersededAtMs,
            Messages = record.Messages,
            _ownPrivate = SecretBytes.TakeOrNull(record.OwnRatchetPrivate),
            _ownPublic = SecretBytes.TakeOrNull(record.OwnRatchetPublic),
            _peerPublic = SecretBytes.TakeOrNull(record.PeerRatchetPublic),
            _sendingChain = SecretBytes.TakeOrNull(record.SendingChain),
            _receivingChain = SecretBytes.TakeOrNull(record.ReceivingChain),
            _sendNumber = record.SendNumber,
            _receiveNumber = record.ReceiveNumber,
            _previousCount = record.PreviousCount,
            _skipped = SkippedMessageKeys.FromRecord(record.Skipped),
        };
        return true;
    }

    /// <summary>Shares what never changes, copies what may be overwritten.</summary>
    public Session Clone() =>
        new(Id, [.. _root], HandshakeHash, PrekeyId, Initiator, CreatedAtMs)
        {
            Pending = Pending,
            Replaces = Replaces,
            SupersededAtMs = SupersededAtMs,
            Messages = Messages,
            _ownPrivate = Copy(_ownPrivate),
            _ownPublic = _ownPublic,
            _peerPublic = _peerPublic,
            _sendingChain = Copy(_sendingChain),
            _receivingChain = Copy(_receivingChain),
            _sendNumber = _sendNumber,
            _receiveNumber = _receiveNumber,
            _previousCount = _previousCount,
            _skipped = _skipped.Clone(),
        };

    private static byte[]? Copy(byte[]? bytes) => bytes is null ? null : [.. bytes];

    private static bool IsKey(ByteString bytes) => bytes.Length == RatchetKdf.KeySize;

    private static bool KeyOrEmpty(ByteString bytes) => bytes.IsEmpty || IsKey(bytes);
}
