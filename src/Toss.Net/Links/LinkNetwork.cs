using System.Net;
using Toss.Core.Blobs;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Quic;
using Toss.Transport.Links;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// The links of one device: listens, dials whom the <see cref="DialPlan"/> says, and keeps one link a peer. Thread-safe.
/// </summary>
internal sealed partial class LinkNetwork(
    NetworkContext context,
    ILinkSockets sockets,
    Circuits circuits,
    ILinkNews news
) : ILinkListener, IAsyncDisposable
{
    /// <summary>
    /// Of two links that came to be within this time, both sides dialled at once; a later one means that the peer lost the
    /// first, as does another run of its process.
    /// </summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<DeviceId, Link> _links = [];
    private readonly HashSet<DeviceId> _opening = [];

    // Whose place a better one took, while something is still under way on them.
    private readonly List<Link> _leaving = [];
    private readonly List<Task> _running = [];
    private readonly ulong _run = DrawRun(context);
    private Listening? _listening;

    /// <summary>Where we listen.</summary>
    public IReadOnlyList<IPEndPoint> Candidates
    {
        get
        {
            Listening? listening;
            lock (_gate)
            {
                listening = _listening;
            }
            // Asks the system, which takes its time.
            return listening?.Endpoint.Candidates ?? [];
        }
    }

    /// <summary>The same, and where these servers see us.</summary>
    public ValueTask<FoundCandidates> FindCandidatesAsync(
        IReadOnlyList<IPEndPoint> servers,
        CancellationToken cancellation
    )
    {
        Listening? listening;
        lock (_gate)
        {
            listening = _listening;
        }
        return listening?.Endpoint.FindCandidatesAsync(servers, cancellation)
            ?? new(new FoundCandidates([], NatMapping.Unknown));
    }

    public void Configure(LinkSettings? settings)
    {
        List<DeviceId> gone;
        bool begins;
        lock (_gate)
        {
            begins = Listen(settings);
            gone = DropAllBut(settings);
        }
        if (begins)
        {
            news.CandidatesChanged(isAnew: false);
        }
        gone.ForEach(news.Changed);
    }

    /// <summary>Hands in what came by a circuit.</summary>
    public void Deliver(NetworkPath from, byte[] datagrams, int size)
    {
        Listening? listening;
        lock (_gate)
        {
            listening = _listening;
        }
        listening?.Endpoint.Deliver(from, datagrams, size);
    }

    public void Learn(DeviceId peer, IReadOnlyList<IPEndPoint> candidates)
    {
        lock (_gate)
        {
            _listening?.Plan.Learn(peer, candidates, context.Clock.Now);
            _listening?.Wake.Ring();
        }
    }

    public Link? To(DeviceId peer)
    {
        lock (_gate)
        {
            return _links.GetValueOrDefault(peer);
        }
    }

    /// <summary>The link to a peer as a path; null without one.</summary>
    public PeerPath? PathTo(DeviceId peer) =>
        To(peer) is { } link
            ? new PeerPath(
                link.IsNear ? PathKind.Lan : PathKind.Direct,
                link.IsResponsive,
                link.OpenedAt,
                link.RoundTrip
            )
            {
                Remote = link.Remote,
                Loss = link.Loss,
            }
            : null;

    public void Acknowledge(ulong generation, ulong sequence)
    {
        Link? link;
        lock (_gate)
        {
            link = All.FirstOrDefault(one => one.Generation == generation);
        }
        link?.Acknowledge(sequence);
    }

    public async ValueTask DisposeAsync()
    {
        Configure(null);
        Task[] running;
        lock (_gate)
        {
            running = [.. _running];
        }
        await Task.WhenAll(running);
    }

    async ValueTask ILinkListener.OpenedAsync(Link link)
    {
        Link? loser;
        if (!link.IsOurs)
        {
            link.Endpoint.Unopened.Remove(link.Peer);
        }
        lock (_gate)
        {
            if (!link.IsRelayed)
            {
                _opening.Remove(link.Peer);
            }
            if (_listening is not { } listening || !Belongs(link, listening))
            {
                // Removed, or another circle, since it was dialled.
                Track(context.Run(() => link.CloseAsync(LinkError.NotAMember)));
                return;
            }
            loser = link.IsRelayed ? AddRelayed(link) : Add(listening, link);
            if (loser is not null && loser != link && link.Moves)
            {
                _leaving.Add(loser);
                var left = loser;
                Track(context.Run(left.LeaveAsync));
                loser = null;
            }
        }
        if (loser is not null)
        {
            await loser.CloseAsync(LinkError.Superseded);
        }
        news.Changed(link.Peer);
        if (loser != link && !link.IsRelayed)
        {
            await news.OpenedAsync(link);
        }
    }

    void ILinkListener.Responds(Link link) => news.Changed(link.Peer);

    ValueTask ILinkListener.ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived) =>
        news.ReceivedAsync(link, arrived);

    ValueTask ILinkListener.WantedAsync(Link link, BlobRange range, int held, IBlobAnswer answer) =>
        news.WantedAsync(link, range, held, answer);

    /// <summary>Behind the gate. Gives the one of two links that is to go.</summary>
    private Link? Add(Listening listening, Link link)
    {
        var other = _links.GetValueOrDefault(link.Peer);
        if (other is not null && Stays(listening.Endpoint.Self, other, link))
        {
            return link;
        }
        _links[link.Peer] = link;
        listening.Plan.OnLinked(link.Peer, link.Remote, link.Moves, context.Clock.Now);
        listening.Wake.Ring();
        return other;
    }

    /// <summary>Listens as who the settings say, or not at all. True if that is new. Behind the gate, as is what follows.</summary>
    private bool Listen(LinkSettings? settings)
    {
        if (_listening is { } old && (settings is null || !old.Endpoint.IsFor(settings)))
        {
            // Another circle, or none: another key, another endpoint.
            _listening = null;
            var links = All.ToList();
            Track(context.Run(() => EndAsync(old, links)));
        }
        if (settings is null)
        {
            return false;
        }
        var begins = false;
        if (_listening is null)
        {
            var endpoint = new LinkEndpoint(
                context,
                sockets,
                circuits,
                settings,
                moved: () => news.CandidatesChanged(isAnew: false)
            );
            if (!endpoint.IsRunning)
            {
                return false;
            }
            var listening = new Listening(endpoint, new DialPlan(endpoint.Self), new Wake(context.Time), new());
            _listening = listening;
            Track(context.Run(() => AcceptAsync(listening)));
            Track(context.Run(() => DialAsync(listening)));
            begins = true;
        }
        _listening.Endpoint.Update(settings);
        _listening.Plan.SetPeers(settings.Peers.Select(peer => peer.Device));
        _listening.Wake.Ring();
        return begins;
    }

    private List<DeviceId> DropAllBut(LinkSettings? settings)
    {
        var gone = All.Where(link => _listening is null || !Belongs(link, _listening)).ToList();
        foreach (var link in gone)
        {
            _ = link.IsRelayed ? _relayed.Remove(link) : _links.Remove(link.Peer) || _leaving.Remove(link);
            if (_listening?.Endpoint == link.Endpoint)
            {
                Track(context.Run(() => link.CloseAsync(LinkError.NotAMember)));
            }
        }
        return gone.ConvertAll(link => link.Peer);
    }

    private static bool Belongs(Link link, Listening listening) =>
        link.Endpoint == listening.Endpoint && listening.Endpoint.HasMember(link.Peer);

    /// <summary>
    /// Both sides must decide alike: the link stays that was made to be better, and of two such, or none, that whose client has the
    /// smaller id.
    /// </summary>
    private static bool Stays(DeviceId self, Link older, Link newer)
    {
        if (
            newer.OpenedAt - older.OpenedAt > s_atOnce
            || newer.PeerRun != older.PeerRun
            || (older.IsOurs == newer.IsOurs && older.Moves == newer.Moves)
        )
        {
            return false;
        }
        return older.Moves != newer.Moves ? older.Moves : older.IsOurs == (self.CompareTo(older.Peer) < 0);
    }

    /// <summary>Behind the gate.</summary>
    private IEnumerable<Link> All => _links.Values.Concat(_relayed).Concat(_leaving);

    private async Task AcceptAsync(Listening listening)
    {
        while (await listening.Endpoint.AcceptAsync(listening.Stop.Token) is var (connection, peer))
        {
            lock (_gate)
            {
                Track(context.Run(() => RunAsync(listening, connection, peer)));
            }
        }
    }

    private async Task RunAsync(
        Listening listening,
        QuicConnection connection,
        DeviceId peer,
        LinkDial? dial = null,
        bool moves = false
    )
    {
        var start = new LinkStart(context.NextGeneration(), _run, moves);
        var link = new Link(listening.Endpoint, connection, peer, start, context, this);
        try
        {
            await link.RunAsync();
        }
        finally
        {
            await OnEndedAsync(listening, link, dial);
        }
    }

    private async ValueTask OnEndedAsync(Listening listening, Link link, LinkDial? dial)
    {
        bool wasIt;
        if (!link.IsOurs && !link.IsOpen)
        {
            listening.Endpoint.Unopened.Remove(link.Peer);
        }
        lock (_gate)
        {
            wasIt = _links.GetValueOrDefault(link.Peer) == link && _links.Remove(link.Peer);
            _leaving.Remove(link);
            if (link.IsRelayed)
            {
                _relayed.Remove(link);
            }
            else if (wasIt)
            {
                listening.Plan.OnLost(link.Peer, context.Clock.Now);
            }
            else if (dial is not null && !link.IsOpen)
            {
                _opening.Remove(link.Peer);
                listening.Plan.OnFailed(dial, context.Clock.Now);
            }
        }
        listening.Wake.Ring();
        if (wasIt)
        {
            news.Changed(link.Peer);
            await news.EndedAsync(link);
        }
    }

    private static ulong DrawRun(NetworkContext context)
    {
        Span<byte> run = stackalloc byte[sizeof(ulong)];
        context.Random.Fill(run);
        return BitConverter.ToUInt64(run);
    }

    private static async Task EndAsync(Listening listening, List<Link> links)
    {
        listening.Stop.Cancel();
        foreach (var link in links)
        {
            await link.CloseAsync(LinkError.None);
        }
        await listening.Endpoint.DisposeAsync();
    }

    /// <summary>Behind the gate.</summary>
    private void Track(Task task)
    {
        _running.RemoveAll(static one => one.IsCompleted);
        _running.Add(task);
    }

    /// <summary>What goes with one key.</summary>
    private sealed record Listening(LinkEndpoint Endpoint, DialPlan Plan, Wake Wake, CancellationTokenSource Stop);
}
