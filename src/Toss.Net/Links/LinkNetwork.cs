using System.Net;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Links;
using Toss.Transport.Paths;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// The links of one device: listens, dials whom the <see cref="DialPlan"/> says, and keeps one link a peer. Thread-safe.
/// </summary>
internal sealed class LinkNetwork(NetworkContext context, ILinkSockets sockets, ILinkNews news)
    : ILinkListener,
        IAsyncDisposable
{
    /// <summary>
    /// Of two links that came to be within this time, both sides dialled at once; a later one means that the peer lost the
    /// first, as does another run of its process.
    /// </summary>
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly SortedDictionary<DeviceId, Link> _links = [];
    private readonly List<Task> _running = [];
    private readonly ulong _run = DrawRun(context);
    private Session? _session;

    /// <summary>Where we listen.</summary>
    public IReadOnlyList<IPEndPoint> Candidates
    {
        get
        {
            lock (_gate)
            {
                return _session?.Endpoint.Candidates ?? [];
            }
        }
    }

    public void Configure(LinkSettings? settings)
    {
        List<Link> gone;
        var listens = false;
        lock (_gate)
        {
            if (_session is { } old && (settings is null || !old.Endpoint.IsFor(settings)))
            {
                // Another circle, or none: another key, another endpoint.
                _session = null;
                var links = _links.Values.ToList();
                Track(context.Run(() => EndAsync(old, links)));
            }
            if (settings is not null && _session is null)
            {
                var endpoint = new LinkEndpoint(context, sockets, settings);
                if (endpoint.IsRunning)
                {
                    _session = new Session(endpoint, new DialPlan(endpoint.Self), new Wake(context.Time), new());
                    Track(context.Run(() => AcceptAsync(_session)));
                    Track(context.Run(() => DialAsync(_session)));
                    listens = true;
                }
            }
            _session?.Endpoint.Update(settings!);
            _session?.Plan.SetPeers(settings!.Peers.Select(peer => peer.Device));
            gone =
            [
                .. _links.Values.Where(link =>
                    _session is null || !settings!.Peers.Any(peer => peer.Device == link.Peer)
                ),
            ];
            foreach (var link in gone)
            {
                _links.Remove(link.Peer);
                if (_session is not null)
                {
                    Track(context.Run(() => link.CloseAsync(LinkError.NotAMember)));
                }
            }
            _session?.Wake.Ring();
        }
        if (listens)
        {
            news.CandidatesChanged();
        }
        foreach (var link in gone)
        {
            news.Lost(link.Peer);
        }
    }

    public void Learn(DeviceId peer, IReadOnlyList<IPEndPoint> candidates)
    {
        lock (_gate)
        {
            _session?.Plan.Learn(peer, candidates, context.Clock.Now);
            _session?.Wake.Ring();
        }
    }

    /// <summary>The system's network changed.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            _session?.Plan.Hurry(context.Clock.Now);
            _session?.Wake.Ring();
        }
        news.CandidatesChanged();
    }

    public Link? To(DeviceId peer)
    {
        lock (_gate)
        {
            return _links.GetValueOrDefault(peer);
        }
    }

    /// <summary>The link to a peer as a path; null without one.</summary>
    /// <param name="patience">An envelope that waits longer for the peer shows that more should not be trusted to it.</param>
    public PeerPath? PathTo(DeviceId peer, TimeSpan patience) =>
        To(peer) is { } link
            ? new PeerPath(
                link.IsNear ? PathKind.Lan : PathKind.Direct,
                link.IsResponsive(patience),
                link.OpenedAt,
                link.RoundTrip
            )
            {
                Remote = link.Remote,
            }
            : null;

    public void Acknowledge(ulong generation, ulong sequence)
    {
        Link? link;
        lock (_gate)
        {
            link = _links.Values.FirstOrDefault(one => one.Generation == generation);
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
        bool isNew;
        lock (_gate)
        {
            if (_session is not { } session)
            {
                loser = link;
                isNew = false;
            }
            else
            {
                var other = _links.GetValueOrDefault(link.Peer);
                loser =
                    other is null ? null
                    : Stays(session.Endpoint.Self, other, link) ? link
                    : other;
                isNew = other is null;
                if (loser != link)
                {
                    _links[link.Peer] = link;
                    session.Plan.OnLinked(link.Peer);
                }
            }
        }
        if (loser is not null)
        {
            await loser.CloseAsync(LinkError.Superseded);
        }
        if (isNew)
        {
            news.Opened(link.Peer);
        }
    }

    ValueTask ILinkListener.ReceivedAsync(Link link, LinkEvent.EnvelopeArrived arrived) =>
        news.ReceivedAsync(link, arrived);

    /// <summary>Both sides must decide alike: the link stays whose client has the smaller id.</summary>
    private static bool Stays(DeviceId self, Link older, Link newer)
    {
        if (
            newer.OpenedAt - older.OpenedAt > s_atOnce
            || newer.PeerRun != older.PeerRun
            || older.IsOurs == newer.IsOurs
        )
        {
            return false;
        }
        return older.IsOurs == (self.CompareTo(older.Peer) < 0);
    }

    private async Task AcceptAsync(Session session)
    {
        while (await session.Endpoint.AcceptAsync(session.Stop.Token) is var (connection, peer))
        {
            Start(new Link(connection, peer, context.NextGeneration(), _run, context, this));
        }
    }

    private async Task DialAsync(Session session)
    {
        try
        {
            while (true)
            {
                while (NextDial(session) is { } dial)
                {
                    lock (_gate)
                    {
                        Track(context.Run(() => DialAsync(session, dial)));
                    }
                }
                await session.Wake.WaitAsync(UntilNext(session), session.Stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody is dialled any more.
        }
    }

    private async Task DialAsync(Session session, LinkDial dial)
    {
        if (await session.Endpoint.DialAsync(dial.Peer, dial.Candidate, session.Stop.Token) is { } connection)
        {
            Start(new Link(connection, dial.Peer, context.NextGeneration(), _run, context, this));
            return;
        }
        lock (_gate)
        {
            session.Plan.OnFailed(dial, context.Clock.Now);
        }
        session.Wake.Ring();
    }

    private void Start(Link link)
    {
        lock (_gate)
        {
            Track(context.Run(() => RunAsync(link)));
        }
    }

    private async Task RunAsync(Link link)
    {
        await link.RunAsync();
        bool wasIt;
        lock (_gate)
        {
            wasIt = _links.GetValueOrDefault(link.Peer) == link && _links.Remove(link.Peer);
            if (wasIt)
            {
                _session?.Plan.OnLost(link.Peer, context.Clock.Now);
                _session?.Wake.Ring();
            }
        }
        if (wasIt)
        {
            news.Lost(link.Peer);
        }
    }

    private LinkDial? NextDial(Session session)
    {
        lock (_gate)
        {
            return session.Plan.TryPollDial(context.Clock.Now, out var dial) ? dial : null;
        }
    }

    private TimeSpan UntilNext(Session session)
    {
        lock (_gate)
        {
            return session.Plan.NextTimeout is not { } next || next == DateTimeOffset.MaxValue
                ? Timeout.InfiniteTimeSpan
                : TimeSpan.FromTicks(Math.Max(0, (next - context.Clock.Now).Ticks));
        }
    }

    private static ulong DrawRun(NetworkContext context)
    {
        Span<byte> run = stackalloc byte[sizeof(ulong)];
        context.Random.Fill(run);
        return BitConverter.ToUInt64(run);
    }

    private static async Task EndAsync(Session session, List<Link> links)
    {
        session.Stop.Cancel();
        foreach (var link in links)
        {
            await link.CloseAsync(LinkError.None);
        }
        await session.Endpoint.DisposeAsync();
    }

    /// <summary>Behind the gate.</summary>
    private void Track(Task task)
    {
        _running.RemoveAll(static one => one.IsCompleted);
        _running.Add(task);
    }

    /// <summary>What goes with one key.</summary>
    private sealed record Session(LinkEndpoint Endpoint, DialPlan Plan, Wake Wake, CancellationTokenSource Stop);
}
