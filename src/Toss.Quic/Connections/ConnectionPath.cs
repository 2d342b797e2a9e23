using Toss.Quic.Recovery;

namespace Toss.Quic.Connections;

/// <summary>What a connection knows of one of its paths.</summary>
internal sealed class ConnectionPath(NetworkPath address, int number, RecoveryPath recovery, PeerId peer, int largest)
{
    /// <summary>Challenges that may still be answered (RFC 9000 §8.2.1: each has data of its own).</summary>
    private const int ChallengesKept = 3;

    private readonly ulong[] _challenges = new ulong[ChallengesKept];
    private int _challengesSent;

    public NetworkPath Address { get; } = address;

    /// <summary>Recovery's.</summary>
    public int Number { get; } = number;

    public RecoveryPath Recovery { get; } = recovery;

    public PathMtu Mtu { get; } = new(largest);

    public PeerId Peer { get; set; } = peer;

    /// <summary>The peer is there: it may be sent to without limit (RFC 9000 §8).</summary>
    public bool IsValidated { get; set; }

    /// <summary>Bytes of datagrams, since the peer was last known to be there.</summary>
    public long Received { get; set; }

    public long Sent { get; set; }

    /// <summary>This side chose where it leads; nobody can use it to have us flood somebody else.</summary>
    public bool IsOurs { get; init; }

    /// <summary>
    /// The peer did not answer here any more. What was sent while it did is not held against it: its next packet would
    /// never be answered else.
    /// </summary>
    public void Invalidate() => (IsValidated, Received, Sent) = (false, 0, 0);

    /// <summary>How much may be sent: three times what came, until the peer is known to be there (RFC 9000 §8.1).</summary>
    public long Budget => IsValidated || IsOurs ? long.MaxValue : Math.Max(0, (3 * Received) - Sent);

    /// <summary>A challenge is to be sent.</summary>
    public bool ChallengeDue { get; set; }

    /// <summary>When the next challenge is, if no answer comes.</summary>
    public Instant ChallengeAgainAt { get; set; } = Instant.Never;

    /// <summary>When it is given up.</summary>
    public Instant ValidateUntil { get; set; } = Instant.Never;

    public bool IsValidating => ValidateUntil != Instant.Never;

    /// <summary>The last challenge went out in a datagram too small to show that the path carries 1,200 bytes.</summary>
    public bool ChallengedSmall { get; set; }

    public bool ResponseDue { get; private set; }

    /// <summary>The data of the latest PATH_CHALLENGE.</summary>
    public ulong Response { get; private set; }

    /// <summary>The peer is to be told where we see it.</summary>
    public bool ObservedDue { get; set; }

    /// <summary>We go there as soon as it is validated.</summary>
    public bool MovesWhenValidated { get; set; }

    public Instant LastUsed { get; set; }

    public int ChallengesSent => _challengesSent;

    public void OnChallengeSent(ulong data)
    {
        _challenges[_challengesSent++ % ChallengesKept] = data;
        ChallengeDue = false;
    }

    /// <summary>Whether this answers one of our challenges.</summary>
    public bool IsAnswer(ulong data) =>
        IsValidating && Array.IndexOf(_challenges, data, 0, Math.Min(_challengesSent, ChallengesKept)) >= 0;

    public void OnChallenge(ulong data) => (Response, ResponseDue) = (data, true);

    public void OnResponseSent() => ResponseDue = false;
}
