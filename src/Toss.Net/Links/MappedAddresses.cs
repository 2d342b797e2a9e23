using System.Net;
using Toss.Core.Scheduling;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Links;

namespace Toss.Net.Links;

/// <summary>Where relays see the sockets of links: drives a <see cref="MappedSearch"/> over them. Thread-safe but for who asks: on one thread.</summary>
internal sealed class MappedAddresses(NetworkContext context)
{
    /// <summary>
    /// What was found is true for so long: peers are told one after another, and a NAT keeps a port for 30 s at least.
    /// </summary>
    private static readonly TimeSpan s_fresh = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly AsyncLock _turn = new();
    private readonly Wake _wake = new(context.Time);
    private MappedSearch? _search;
    private FilteringSearch? _filtering;
    private (IReadOnlyList<IPEndPoint> Between, DateTimeOffset At, MappedSearch Search)? _last;

    /// <summary>What was found may be past: the next who asks has it looked for anew.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _last = null;
        }
    }

    /// <summary>What is no QUIC, on the loop of the sockets.</summary>
    public void Receive(in NetworkPath from, ReadOnlySpan<byte> datagram)
    {
        lock (_gate)
        {
            if (_search is null && _filtering is null)
            {
                return;
            }
            var there = SocketAddresses.ToEndPoint(from);
            _search?.Handle(there, datagram, context.Clock.Now);
            _filtering?.Handle(there, datagram);
        }
        _wake.Ring();
    }

    /// <summary>One at a time, on the agent's thread: who asks meanwhile gets what was found.</summary>
    public async Task<MappedSearch> FindAsync(
        IReadOnlyList<IPEndPoint> servers,
        IReadOnlyList<IPEndPoint> locals,
        ILinkLoop loop,
        CancellationToken cancellation
    )
    {
        using var turn = await _turn.EnterAsync(cancellation);
        // Whoever moved to another network has other addresses.
        IReadOnlyList<IPEndPoint> between = [.. locals, .. servers];
        if (Last is not var (asked, at, last) || context.Clock.Now - at > s_fresh || !asked.SequenceEqual(between))
        {
            last = await SearchAsync(servers, loop, cancellation);
            Last = (between, context.Clock.Now, last);
        }
        return last;
    }

    /// <summary>Whether what comes from another port of this server is let in; null if that is not known. In the same turn.</summary>
    public async Task<bool?> FilterAsync(IPEndPoint server, ILinkLoop loop, CancellationToken cancellation)
    {
        using var turn = await _turn.EnterAsync(cancellation);
        var search = new FilteringSearch(server, context.Random, context.Clock.Now);
        lock (_gate)
        {
            _filtering = search;
        }
        try
        {
            while (Next(search, server, loop) is { } pause)
            {
                await _wake.WaitAsync(pause, cancellation);
            }
            return search.LetsOtherPortsIn;
        }
        finally
        {
            lock (_gate)
            {
                _filtering = null;
            }
        }
    }

    private TimeSpan? Next(FilteringSearch search, IPEndPoint server, ILinkLoop loop)
    {
        lock (_gate)
        {
            var now = context.Clock.Now;
            while (search.PollTransmit(now) is { } request)
            {
                loop.Send(server, request, request.Length);
            }
            return search.IsOver(now) ? null : search.NextTimeout - now;
        }
    }

    private (IReadOnlyList<IPEndPoint> Between, DateTimeOffset At, MappedSearch Search)? Last
    {
        get
        {
            lock (_gate)
            {
                return _last;
            }
        }
        set
        {
            lock (_gate)
            {
                _last = value;
            }
        }
    }

    private async Task<MappedSearch> SearchAsync(
        IReadOnlyList<IPEndPoint> servers,
        ILinkLoop loop,
        CancellationToken cancellation
    )
    {
        var search = new MappedSearch(servers, context.Random, context.Clock.Now);
        lock (_gate)
        {
            _search = search;
        }
        while (Next(search, loop) is { } pause)
        {
            await _wake.WaitAsync(pause, cancellation);
        }
        return search;
    }

    /// <summary>Sends what is due; then how long to wait, or null at the end.</summary>
    private TimeSpan? Next(MappedSearch search, ILinkLoop loop)
    {
        lock (_gate)
        {
            var now = context.Clock.Now;
            while (search.TryPollTransmit(now, out var server, out var request))
            {
                loop.Send(server, request, request.Length);
            }
            if (search.IsOver(now))
            {
                _search = null;
                return null;
            }
            return search.NextTimeout - now;
        }
    }
}
