using System.Diagnostics.CodeAnalysis;
using System.Net;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Transport.Links;

/// <summary>
/// Which peers to dial, where, and when.
/// <para>
/// A peer without a link is dialled as soon as it says where it listens. Its candidates are tried in its order, each
/// <see cref="Stagger"/> after the one before, until one answers: a dead address costs a tenth of a second, not a time-out.
/// Both sides learn of each other at the same time, so the one with the greater id waits for <see cref="Yield"/>: mostly there
/// is a link then, and one handshake was made instead of two. When all candidates failed there is another round, later each
/// time and at last every minute; an address that just failed is left out for <see cref="FailedFor"/>. What the peer says
/// anew, a network that changed, and a link that was lost begin at the beginning.
/// </para>
/// <para>
/// While there is a link, addresses that may be a better way are dialled as well, when the <see cref="MovePolicy"/> says: one look at
/// all of them, <see cref="Stagger"/> apart too.
/// </para>
/// Contract: not thread-safe. Mutate once, then poll until false; <see cref="NextTimeout"/> says when to poll again. Each dial
/// that was polled ends with <see cref="OnFailed"/>, <see cref="OnUnneeded"/>, or with <see cref="OnLinked"/> for its peer, which ends all of them.
/// </summary>
public sealed class DialPlan(DeviceId self, MovePolicy? moves = null)
{
    /// <summary>Between two candidates of one peer.</summary>
    public static readonly TimeSpan Stagger = TimeSpan.FromMilliseconds(100);

    /// <summary>For how long the one with the greater id lets the other go first.</summary>
    public static readonly TimeSpan Yield = TimeSpan.FromMilliseconds(500);

    /// <summary>For how long an address that did not answer is left out.</summary>
    public static readonly TimeSpan FailedFor = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Where a link was lost a moment ago it is looked for this soon again, for <see cref="SoonFor"/>: a cut is over as suddenly as
    /// it came, and nobody says so.
    /// </summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);

    /// <summary>Beyond that a peer sleeps, or was carried elsewhere.</summary>
    public static readonly TimeSpan SoonFor = TimeSpan.FromMinutes(5);

    /// <summary>A peer that says where it listens more often does not make us dial more often.</summary>
    public static readonly TimeSpan LearnAtMost = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan[] s_rounds =
    [
        TimeSpan.FromSeconds(1),
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(20),
        TimeSpan.FromSeconds(60),
    ];

    private readonly SortedDictionary<DeviceId, PeerSearch> _peers = [];
    private readonly MovePolicy _moves = moves ?? new MovePolicy();
    private IReadOnlyList<LocalNetwork> _networks = [];

    /// <summary>When polling may give something, if nothing happens before; null if nothing would.</summary>
    public DateTimeOffset? NextTimeout
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var search in _peers.Values)
            {
                if (search.IsWanted && (next is null || search.DueAt < next))
                {
                    next = search.DueAt;
                }
            }
            return next;
        }
    }

    /// <summary>Peers that are seen in this network at this moment.</summary>
    public IEnumerable<DeviceId> Seen => _peers.Where(one => one.Value.IsSeen).Select(one => one.Key);

    /// <summary>Whether somebody is about to look for a better way, so that <see cref="SetNetworks"/> should know.</summary>
    public bool IsAboutToLook(DateTimeOffset now) =>
        _peers.Values.Any(search => search is { IsLinked: true, Left.Count: 0 } && search.DueAt <= now);

    /// <summary>In which networks this machine is.</summary>
    public void SetNetworks(IReadOnlyList<LocalNetwork> networks) => _networks = networks;

    /// <summary>How the link to a peer goes at this moment.</summary>
    public void Measure(DeviceId peer, IPEndPoint remote, TimeSpan roundTrip)
    {
        if (_peers.TryGetValue(peer, out var search))
        {
            (search.LastGood, search.RoundTrip) = (remote, roundTrip);
        }
    }

    /// <summary>Whether the link to a peer, as it was measured last, is worse than one that this dial made.</summary>
    public bool IsBetter(LinkDial dial, TimeSpan roundTrip) =>
        _peers.TryGetValue(dial.Peer, out var search)
        && search is { IsLinked: true, LastGood: { } current, RoundTrip: { } its }
        && _moves.IsBetter(WayTo(dial.Candidate), roundTrip, WayTo(current), its);

    /// <summary>Whom links are wanted with. Of others everything is forgotten.</summary>
    public void SetPeers(IEnumerable<DeviceId> peers)
    {
        var wanted = peers.ToHashSet();
        foreach (var gone in _peers.Keys.Where(peer => !wanted.Contains(peer)).ToList())
        {
            _peers.Remove(gone);
        }
        foreach (var peer in wanted)
        {
            _peers.TryAdd(peer, new PeerSearch());
        }
    }

    /// <summary>A peer says where it listens; at most <see cref="Limits.Candidates"/> are taken.</summary>
    public void Learn(DeviceId peer, IReadOnlyList<IPEndPoint> candidates, DateTimeOffset now)
    {
        if (_peers.TryGetValue(peer, out var search))
        {
            var known = candidates.Distinct().Take(Limits.Candidates).ToList();
            if (search.UnderWay > 0 && known.SequenceEqual(search.Told))
            {
                // Nothing new, and it is being tried.
                return;
            }
            var isNew = known.Except(search.Told).Except(search.Near).Any();
            search.Told = known;
            if (!search.IsLinked)
            {
                search.Failed.Clear();
                Restart(peer, search, now);
            }
            else if (isNew)
            {
                LookSoon(peer, search, now);
            }
        }
    }

    /// <summary>
    /// A peer was seen in this network, by what everybody can repeat: these addresses are tried before those that it told
    /// itself, and what failed stays failed. Nothing that was known begins anything anew, and a peer that is seen nowhere
    /// any more is looked for where it was: it may be the network that is gone.
    /// </summary>
    public void LearnNear(DeviceId peer, IReadOnlyList<IPEndPoint> seen, DateTimeOffset now)
    {
        if (_peers.TryGetValue(peer, out var search))
        {
            search.IsSeen = seen.Count > 0;
            var isNew = seen.Except(search.Near).Except(search.Told).Any();
            search.Near = seen.Count > 0 ? seen.Distinct().Take(Limits.Candidates).ToList() : search.Near;
            if (isNew && search.IsLinked)
            {
                LookSoon(peer, search, now);
            }
            else if (isNew)
            {
                Restart(peer, search, now);
            }
        }
    }

    /// <summary>There is a link, or another one that took its place.</summary>
    /// <param name="peer">Who.</param>
    /// <param name="remote">Where it is.</param>
    /// <param name="isMove">Whether it took the other's place because it is better, whoever found that.</param>
    /// <param name="now">When.</param>
    public void OnLinked(DeviceId peer, IPEndPoint remote, bool isMove, DateTimeOffset now)
    {
        if (_peers.TryGetValue(peer, out var search))
        {
            (search.LastGood, search.RoundTrip) = (remote, null);
            if (search.IsLinked && isMove)
            {
                Restart(search, now + search.Pause);
                search.Pause = MovePolicy.After(search.Pause);
            }
            else
            {
                search.IsLinked = true;
                Restart(search, DateTimeOffset.MaxValue);
                LookSoon(peer, search, now);
            }
        }
    }

    public void OnLost(DeviceId peer, DateTimeOffset now)
    {
        if (_peers.TryGetValue(peer, out var search))
        {
            search.IsLinked = false;
            search.LostAt = now;
            Restart(search, now + (self.CompareTo(peer) < 0 ? TimeSpan.Zero : Yield));
        }
    }

    public void OnFailed(LinkDial dial, DateTimeOffset now)
    {
        if (!_peers.TryGetValue(dial.Peer, out var search) || search.Number != dial.Search)
        {
            return;
        }
        if (search.IsLinked)
        {
            search.Failed[dial.Candidate] = now + FailedFor;
            EndLook(search, now);
            return;
        }
        var isSoon = search.LostAt is { } lost && now < lost + SoonFor;
        search.Failed[dial.Candidate] = now + (isSoon && dial.Candidate.Equals(search.LastGood) ? Soon : FailedFor);
        EndOne(search, isSoon, now);
    }

    /// <summary>It answered when another one had answered, of which it is not sure yet that it becomes a link.</summary>
    public void OnUnneeded(LinkDial dial, DateTimeOffset now)
    {
        if (_peers.TryGetValue(dial.Peer, out var search) && search.Number == dial.Search && !search.IsLinked)
        {
            EndOne(search, isSoon: false, now);
        }
    }

    /// <summary>It answered, and is no better than the link there is.</summary>
    public void OnKept(LinkDial dial, DateTimeOffset now)
    {
        if (_peers.TryGetValue(dial.Peer, out var search) && search.IsLinked && search.Number == dial.Search)
        {
            search.Kept[dial.Candidate] = now + MovePolicy.First;
            EndLook(search, now);
        }
    }

    /// <summary>The network changed: nothing that failed tells anything any more.</summary>
    public void Hurry(DateTimeOffset now)
    {
        foreach (var (peer, search) in _peers)
        {
            search.Failed.Clear();
            search.Kept.Clear();
            if (search.IsLinked)
            {
                LookSoon(peer, search, now);
            }
            else
            {
                Restart(search, now);
            }
        }
    }

    public bool TryPollDial(DateTimeOffset now, [NotNullWhen(true)] out LinkDial? dial)
    {
        foreach (var (peer, search) in _peers)
        {
            if (!search.IsWanted || search.DueAt > now)
            {
                continue;
            }
            if (search.Left.Count == 0)
            {
                Begin(search, now);
            }
            if (search.Left.TryDequeue(out var candidate))
            {
                search.UnderWay++;
                search.DueAt = search.Left.Count > 0 ? now + Stagger : DateTimeOffset.MaxValue;
                dial = new LinkDial(peer, candidate, search.Number, search.IsLinked);
                return true;
            }
        }
        dial = null;
        return false;
    }

    private static void EndOne(PeerSearch search, bool isSoon, DateTimeOffset now)
    {
        if (search.UnderWay > 0 && --search.UnderWay == 0 && search.Left.Count == 0)
        {
            var pause = s_rounds[Math.Min(search.Rounds++, s_rounds.Length - 1)];
            search.DueAt = now + (isSoon && pause > Soon ? Soon : pause);
        }
    }

    private void Restart(DeviceId peer, PeerSearch search, DateTimeOffset now)
    {
        var at = now + (self.CompareTo(peer) < 0 ? TimeSpan.Zero : Yield);
        at = at > search.LearnedAt + LearnAtMost ? at : search.LearnedAt + LearnAtMost;
        // A round that is about to begin knows by then what came since, and is not put off by it.
        var isAboutToBegin = search is { Number: > 0, UnderWay: 0, Left.Count: 0 };
        Restart(search, isAboutToBegin && search.DueAt < at ? search.DueAt : at);
        search.LearnedAt = now;
    }

    /// <summary>News: who is on a link looks whether there is a better one. More of it makes no look later.</summary>
    private void LookSoon(DeviceId peer, PeerSearch search, DateTimeOffset now)
    {
        var at = now + MovePolicy.Soon + (self.CompareTo(peer) < 0 ? TimeSpan.Zero : Yield);
        search.Pause = MovePolicy.First;
        if (search.DueAt > at)
        {
            Restart(search, at);
        }
    }

    private static void EndLook(PeerSearch search, DateTimeOffset now)
    {
        if (search.UnderWay > 0 && --search.UnderWay == 0 && search.Left.Count == 0)
        {
            Rest(search, now);
        }
    }

    private static void Rest(PeerSearch search, DateTimeOffset now)
    {
        search.DueAt = now + search.Pause;
        search.Pause = MovePolicy.After(search.Pause);
    }

    private WayKind WayTo(IPEndPoint remote) => LocalNetwork.WayTo(remote.Address, _networks);

    private bool MayBeBetter(PeerSearch search, IPEndPoint candidate, DateTimeOffset now) =>
        search.LastGood is { } current
        && !candidate.Equals(current)
        && !(search.Kept.TryGetValue(candidate, out var until) && now < until)
        && _moves.MayBeBetter(WayTo(candidate), WayTo(current), search.RoundTrip);

    private void Begin(PeerSearch search, DateTimeOffset now)
    {
        search.Forget(now);
        foreach (var candidate in search.Candidates)
        {
            if (
                (!search.Failed.TryGetValue(candidate, out var until) || until <= now)
                && (!search.IsLinked || MayBeBetter(search, candidate, now))
            )
            {
                search.Left.Enqueue(candidate);
            }
        }
        if (search.Left.Count == 0 && search.IsLinked)
        {
            Rest(search, now);
        }
        else if (search.Left.Count == 0)
        {
            // Of those that are tried now; others may have failed long ago, which would be due for ever.
            search.DueAt = search.Candidates.Min(candidate => search.Failed[candidate]);
        }
    }

    private static void Restart(PeerSearch search, DateTimeOffset at)
    {
        // Dials under way go on; what they find is welcome, and what they do not find counts no more.
        (search.Number, search.Rounds, search.UnderWay, search.DueAt) = (search.Number + 1, 0, 0, at);
        search.Left.Clear();
    }
}
