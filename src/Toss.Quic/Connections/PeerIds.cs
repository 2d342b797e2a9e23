using System.Security.Cryptography;

namespace Toss.Quic.Connections;

/// <summary>A connection ID that the peer issued.</summary>
internal readonly record struct PeerId(long Sequence, ConnectionId Id);

/// <summary>
/// The connection IDs that the peer issued: each path uses its own, so that nobody can tell that two paths are one
/// connection (RFC 9000 §5.1.1, §5.1.2, §9.5).
/// </summary>
internal sealed class PeerIds(IConnectionIds ids, Connection connection)
{
    /// <summary>active_connection_id_limit: how many we keep.</summary>
    public const int Limit = 8;

    // §5.1.2: a peer that makes us retire more than it acknowledges is not worth the memory.
    private const int MaxRetiring = 4 * Limit;

    private readonly List<Known> _known = [];
    private readonly Queue<long> _retireDue = new();
    private readonly HashSet<long> _retiring = [];
    private long _retirePriorTo;

    /// <summary>The peer's IDs are empty: there is one for all paths, and never another.</summary>
    public bool AreEmpty => _known is [{ Id.IsEmpty: true }, ..];

    public bool HasRetireDue => _retireDue.Count > 0;

    /// <summary>That of the handshake: the peer's, once it is known; before, our own choice.</summary>
    public PeerId SetFirst(in ConnectionId id)
    {
        _known.Clear();
        _known.Add(new Known(0, id, null) { InUse = true });
        return new PeerId(0, id);
    }

    /// <summary>The stateless reset token for the first one (RFC 9000 §18.2).</summary>
    public void SetFirstToken(ResetToken token)
    {
        _known[0] = _known[0] with { Token = token };
        ids.ExpectReset(token, connection);
    }

    /// <summary>RFC 9000 §19.15; also a server's preferred address, with sequence number 1.</summary>
    public TransportErrorCode OnNew(long sequence, long retirePriorTo, in ConnectionId id, ResetToken token)
    {
        if (AreEmpty)
        {
            return TransportErrorCode.ProtocolViolation;
        }
        foreach (var known in _known)
        {
            var (sameNumber, sameId) = (known.Sequence == sequence, known.Id == id);
            if (sameNumber != sameId || (sameNumber && known.Token != token))
            {
                return TransportErrorCode.ProtocolViolation;
            }
            if (sameNumber)
            {
                return TransportErrorCode.NoError;
            }
        }
        if (_retiring.Contains(sequence))
        {
            return TransportErrorCode.NoError;
        }
        if (sequence < _retirePriorTo)
        {
            return Retiring(sequence);
        }
        _known.Add(new Known(sequence, id, token));
        ids.ExpectReset(token, connection);
        if (retirePriorTo > _retirePriorTo)
        {
            _retirePriorTo = retirePriorTo;
            for (var at = _known.Count - 1; at >= 0; at--)
            {
                if (_known[at].Sequence < retirePriorTo && Retire(_known[at].Sequence) is var error and not 0)
                {
                    return error;
                }
            }
        }
        return _known.Count > Limit ? TransportErrorCode.ConnectionIdLimitError : TransportErrorCode.NoError;
    }

    /// <summary>One that no path uses, for a path.</summary>
    public bool TryTake(out PeerId id)
    {
        if (AreEmpty)
        {
            id = new PeerId(0, default);
            return true;
        }
        for (var at = 0; at < _known.Count; at++)
        {
            if (!_known[at].InUse)
            {
                _known[at] = _known[at] with { InUse = true };
                id = new PeerId(_known[at].Sequence, _known[at].Id);
                return true;
            }
        }
        id = default;
        return false;
    }

    /// <summary>Whether the peer says with it that it forgot us. Compared in fixed time (RFC 9000 §10.3.1).</summary>
    public bool IsReset(ResetToken token)
    {
        Span<byte> given = stackalloc byte[ResetToken.Size];
        Span<byte> expected = stackalloc byte[ResetToken.Size];
        token.Write(given);
        var found = false;
        foreach (var known in _known)
        {
            known.Token.GetValueOrDefault().Write(expected);
            found |= CryptographicOperations.FixedTimeEquals(given, expected) && known.Token is not null;
        }
        return found;
    }

    /// <summary>Whether it was not retired meanwhile.</summary>
    public bool IsKnown(long sequence) => _known.Exists(known => known.Sequence == sequence);

    /// <summary>No path uses it any more: the peer is told (RFC 9000 §5.1.2).</summary>
    public TransportErrorCode Retire(long sequence)
    {
        var at = _known.FindIndex(known => known.Sequence == sequence);
        if (at < 0 || AreEmpty)
        {
            return TransportErrorCode.NoError;
        }
        if (_known[at].Token is { } token)
        {
            ids.ForgetReset(token);
        }
        _known.RemoveAt(at);
        return Retiring(sequence);
    }

    public bool TryPeekRetire(out long sequence) => _retireDue.TryPeek(out sequence);

    public void TakeRetire() => _retireDue.Dequeue();

    public void OnRetireLost(long sequence) => _retireDue.Enqueue(sequence);

    public void OnRetireAcked(long sequence) => _retiring.Remove(sequence);

    public void ForgetAll()
    {
        foreach (var known in _known)
        {
            if (known.Token is { } token)
            {
                ids.ForgetReset(token);
            }
        }
        _known.Clear();
    }

    private TransportErrorCode Retiring(long sequence)
    {
        if (_retiring.Add(sequence))
        {
            _retireDue.Enqueue(sequence);
        }
        return _retiring.Count > MaxRetiring ? TransportErrorCode.ConnectionIdLimitError : TransportErrorCode.NoError;
    }

    private readonly record struct Known(long Sequence, ConnectionId Id, ResetToken? Token)
    {
        public bool InUse { get; init; }
    }
}
