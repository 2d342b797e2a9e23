using Google.Protobuf;
using Toss.Wire;

namespace Toss.Crypto.Envelopes;

/// <summary>
/// The ratcheting sessions shared with one peer: at most four that still receive, the first of them sends. Mutable;
/// seal and open on a <see cref="Clone"/>, store it, and only then let go of the old one. Not thread-safe.
/// </summary>
public sealed class PeerSessions : IDisposable
{
    /// <summary>A session is renewed at this age, so that what a stolen prekey opens stays small.</summary>
    public static readonly TimeSpan RenewalAge = TimeSpan.FromDays(7);

    /// <summary>Or after this many messages in both directions.</summary>
    public const ulong RenewalMessages = 10_000;

    /// <summary>Ended sessions remembered: a peer that renews hourly while one prekey lives (21 days) makes half as many.</summary>
    internal const int EndedLimit = 1024;

    private const uint Version = 1;

    private readonly List<Session> _sessions = [];
    private readonly List<(SessionId Id, ByteString PrekeyId)> _ended = [];
    private bool _renew;

    public PeerSessions() { }

    /// <summary>False if the bytes are not what <see cref="Serialize"/> gave.</summary>
    public static bool TryParse(ReadOnlySpan<byte> record, out PeerSessions sessions)
    {
        sessions = new();
        if (
            !WireReader.TryRead<PeerSessionsRecord>(record, int.MaxValue, out var parsed)
            || parsed.Version != Version
            || parsed.Sessions.Count > Limits.SessionsPerPeer
            || parsed.Ended.Count > EndedLimit
        )
        {
            return false;
        }
        foreach (var ended in parsed.Ended)
        {
            if (!SessionId.TryFrom(ended.Id.Span, out var id))
            {
                return false;
            }
            sessions._ended.Add((id, ended.PrekeyId));
        }
        foreach (var sessionRecord in parsed.Sessions)
        {
            if (!Session.TryFromRecord(sessionRecord, out var session))
            {
                sessions.Dispose();
                return false;
            }
            sessions._sessions.Add(session);
        }
        sessions.Received = parsed.Received;
        sessions.Sent = parsed.Sent;
        sessions._renew = parsed.Renew;
        return true;
    }

    /// <summary>Secret: only the record cipher may see it. The caller zeroes it.</summary>
    public byte[] Serialize()
    {
        var record = new PeerSessionsRecord
        {
            Version = Version,
            Received = Received,
            Sent = Sent,
            Renew = _renew,
        };
        record.Sessions.AddRange(_sessions.Select(session => session.ToRecord()));
        record.Ended.AddRange(
            _ended.Select(ended => new EndedSession
            {
                Id = ByteString.CopyFrom(ended.Id.ToBytes()),
                PrekeyId = ended.PrekeyId,
            })
        );
        return record.ToByteArray();
    }

    public PeerSessions Clone()
    {
        var copy = new PeerSessions
        {
            Received = Received,
            Sent = Sent,
            _renew = _renew,
        };
        copy._sessions.AddRange(_sessions.Select(session => session.Clone()));
        copy._ended.AddRange(_ended);
        return copy;
    }

    /// <summary>Every session id that an incoming envelope may name.</summary>
    public IReadOnlyList<SessionId> Ids => [.. _sessions.Select(session => session.Id)];

    /// <summary>The session that seals, or null: the next seal needs a handshake.</summary>
    public SessionId? Sending => Current?.Id;

    /// <summary>Envelopes ever received from this peer; travels in receipts, so that a clone is noticed.</summary>
    public ulong Received { get; private set; }

    public ulong Sent { get; private set; }

    /// <summary>
    /// True once the sending session is 7 days or 10,000 messages old. The peer's prekey is judged when the next seal
    /// starts a session: if that says <see cref="SealStatus.StalePrekey"/>, drop the copy that was renewed and ask for
    /// the Card in the session there is.
    /// </summary>
    public bool WantsRenewal(DateTimeOffset now) =>
        Current is { } current
        && (
            current.Messages >= RenewalMessages
            || now.ToUnixTimeMilliseconds() - current.CreatedAtMs >= (long)RenewalAge.TotalMilliseconds
        );

    /// <summary>The next seal starts a new session; the old ones go on receiving.</summary>
    public void Renew() => _renew = _sessions.Count > 0;

    /// <summary>Drops sessions and skipped keys past their time. True if something changed.</summary>
    public bool Expire(DateTimeOffset now)
    {
        var until = now.ToUnixTimeMilliseconds() - (long)Limits.SessionOverlap.TotalMilliseconds;
        var changed = false;
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            if (_sessions[i].SupersededAtMs != 0 && _sessions[i].SupersededAtMs <= until)
            {
                End(i);
                changed = true;
            }
            else
            {
                changed |= _sessions[i].Expire(until);
            }
        }
        return changed;
    }

    /// <summary>Forgets ended sessions that began with a prekey of mine that is erased: no handshake to it opens again.</summary>
    public bool PrekeyErased(ReadOnlyMemory<byte> prekeyId) =>
        _ended.RemoveAll(ended => ended.PrekeyId.Span.SequenceEqual(prekeyId.Span)) > 0;

    public void Dispose()
    {
        foreach (var session in _sessions)
        {
            session.Dispose();
        }
        _sessions.Clear();
    }

    public override string ToString() => $"PeerSessions({_sessions.Count})";

    internal Session? Current => _renew || _sessions.Count == 0 ? null : _sessions[0];

    /// <summary>My handshakes that the peer may not have seen yet.</summary>
    internal IReadOnlyList<SessionId> UnansweredIds =>
        [.. _sessions.Where(session => session.Unanswered).Select(session => session.Id)];

    internal Session? Find(SessionId id) => _sessions.Find(session => session.Id == id);

    internal bool HasEnded(SessionId id) => _ended.Exists(ended => ended.Id == id);

    /// <summary>A sealed message left with this state of its session, which is new or known.</summary>
    internal void CommitSealed(Session session, DateTimeOffset now)
    {
        Commit(session, now, current: true);
        Sent++;
    }

    /// <summary>A message opened with this state of its session, which is new or known.</summary>
    internal void CommitOpened(Session session, DateTimeOffset now)
    {
        Commit(session, now, BecomesCurrent(session));
        Received++;
    }

    private bool BecomesCurrent(Session session)
    {
        // The peer itself said that a handshake we hold already came after this one.
        if (_sessions.Exists(held => held.Replaces.Contains(session.Id)))
        {
            return false;
        }
        // Both started at once: both sides keep the smaller id, and both go on receiving in the other.
        return Current is not { Unanswered: true } mine || session.Id.CompareTo(mine.Id) < 0;
    }

    private void Commit(Session session, DateTimeOffset now, bool current)
    {
        var index = _sessions.FindIndex(held => held.Id == session.Id);
        if (index >= 0)
        {
            _sessions[index].Dispose();
            _sessions[index] = session;
            return;
        }
        var nowMs = now.ToUnixTimeMilliseconds();
        if (current)
        {
            if (_sessions.Count > 0 && _sessions[0].SupersededAtMs == 0)
            {
                _sessions[0].SupersededAtMs = nowMs;
            }
            _sessions.Insert(0, session);
            _renew = false;
        }
        else
        {
            session.SupersededAtMs = nowMs;
            _sessions.Insert(Math.Min(1, _sessions.Count), session);
        }
        while (_sessions.Count > Limits.SessionsPerPeer)
        {
            End(_sessions.Count - 1);
        }
    }

    private void End(int index)
    {
        var session = _sessions[index];
        _sessions.RemoveAt(index);
        // Only a handshake to a prekey of mine can come back to me.
        if (!session.Initiator)
        {
            if (_ended.Count == EndedLimit)
            {
                _ended.RemoveAt(0);
            }
            _ended.Add((session.Id, UnsafeByteOperations.UnsafeWrap(session.PrekeyId)));
        }
        session.Dispose();
    }
}
