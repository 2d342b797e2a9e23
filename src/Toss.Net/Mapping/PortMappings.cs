using System.Net;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Mapping;

namespace Toss.Net.Mapping;

/// <summary>
/// Keeps the port of links open at the routers of this machine, where they offer it: drives a <see cref="PortMapping"/> for each.
/// Thread-safe. docs/protocol/links.md.
/// </summary>
/// <param name="port">Where links listen, by IPv4.</param>
/// <param name="changed">Called when a port is open or none is any more.</param>
internal sealed class PortMappings(NetworkContext context, IRouterSockets sockets, ushort port, Action changed)
    : IAsyncDisposable
{
    /// <summary>A machine with more ways out has enough candidates.</summary>
    private const int MostRouters = 4;

    private readonly Lock _gate = new();
    private readonly Wake _wake = new(context.Time);
    private readonly CancellationTokenSource _stop = new();
    private readonly Dictionary<RouterPlace, (PortMapping Mapping, IRouterSocket Socket)> _open = [];
    private Task _running = Task.CompletedTask;
    private bool _isStale = true;

    public void Start() => _running = context.Run(RunAsync);

    /// <summary>Where routers take packets for us.</summary>
    public IReadOnlyList<IPEndPoint> External => [.. Found.Select(static one => one.External).OfType<IPEndPoint>()];

    public IReadOnlyList<RouterFindings> Found
    {
        get
        {
            lock (_gate)
            {
                return [.. _open.Values.Select(static one => Read(one.Mapping.Status))];
            }
        }
    }

    /// <summary>The network may be another: routers are looked for, and asked, anew.</summary>
    public void Refresh()
    {
        lock (_gate)
        {
            _isStale = true;
        }
        _wake.Ring();
    }

    /// <summary>Takes back what was given, without waiting for an answer.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                if (TakeStale())
                {
                    await OpenAsync(sockets.Routers());
                }
                Turn();
                await _wake.WaitAsync(UntilNext(), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // Nobody listens any more.
        }
        finally
        {
            await OpenAsync([]);
        }
    }

    private bool TakeStale()
    {
        lock (_gate)
        {
            var isStale = _isStale;
            _isStale = false;
            return isStale;
        }
    }

    private async ValueTask OpenAsync(IReadOnlyList<RouterPlace> there)
    {
        var gone = new List<(PortMapping Mapping, IRouterSocket Socket)>();
        var hadAny = External.Count > 0;
        lock (_gate)
        {
            var now = context.Clock.Now;
            foreach (var old in _open.Keys.Where(old => !there.Contains(old)).ToList())
            {
                _open.Remove(old, out var left);
                left.Mapping.Close();
                Send(left.Mapping, left.Socket);
                gone.Add(left);
            }
            foreach (var router in there.Take(MostRouters))
            {
                if (_open.TryGetValue(router, out var known))
                {
                    known.Mapping.Hurry(now);
                }
                else if (sockets.Open(router, (from, bytes) => Hear(router, from, bytes)) is { } socket)
                {
                    var at = new IPEndPoint(router.Router, PcpMessage.Port);
                    _open.Add(router, (new PortMapping(router.Own, at, port, context.Random, now), socket));
                }
            }
        }
        foreach (var left in gone)
        {
            await left.Socket.DisposeAsync();
        }
        if (
            hadAny
            && gone.Exists(static one => one.Mapping.Status.External is not null)
            && !_stop.IsCancellationRequested
        )
        {
            changed();
        }
    }

    private void Hear(RouterPlace router, IPEndPoint from, ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            if (!_open.TryGetValue(router, out var open))
            {
                return;
            }
            open.Mapping.HandleAnswer(from, bytes, context.Clock.Now);
        }
        _wake.Ring();
    }

    /// <summary>What is due happens, and all that there is to say is said and told.</summary>
    private void Turn()
    {
        var isNew = false;
        lock (_gate)
        {
            foreach (var (mapping, socket) in _open.Values)
            {
                var before = mapping.Status.External;
                mapping.HandleTimeout(context.Clock.Now);
                Send(mapping, socket);
                while (mapping.TryPollEvent(out var status))
                {
                    isNew |= status.External is not null || before is not null;
                }
            }
        }
        if (isNew)
        {
            changed();
        }
    }

    private static void Send(PortMapping mapping, IRouterSocket socket)
    {
        while (mapping.TryPollTransmit(out var request))
        {
            socket.Send(request);
        }
    }

    private TimeSpan UntilNext()
    {
        lock (_gate)
        {
            return _open.Count == 0
                ? Timeout.InfiniteTimeSpan
                : TimeSpan.FromTicks(
                    Math.Max(0, (_open.Values.Min(static one => one.Mapping.NextTimeout) - context.Clock.Now).Ticks)
                );
        }
    }

    private static RouterFindings Read(MappingStatus status) =>
        new(
            status.State switch
            {
                MappingState.Mapped => RouterAnswer.Mapped,
                MappingState.Refused => RouterAnswer.Refused,
                _ => RouterAnswer.None,
            },
            status.IsPcp,
            status.External,
            status.Result
        );
}
