using System.Net;
using Toss.Core.Scheduling;
using Toss.Transport.Mdns;

namespace Toss.Net.Mdns;

/// <summary>
/// Runs <see cref="LanDiscovery"/> on sockets: one for each interface and family, opened when there is something to show or
/// to seek, and closed with a good-bye. It wakes when something is heard or due, and not otherwise. Thread-safe.
/// </summary>
internal sealed class LanFinder(NetworkContext context, IMulticastSockets sockets, ILanNews news) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly LanDiscovery _discovery = new(context.Random);
    private readonly Wake _wake = new(context.Time);
    private readonly Dictionary<LanInterface, IMulticastSocket> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private Task? _running;
    private TimeSpan _clockOffset;
    private bool _isShown;
    private int _slots;
    private bool _isStale;
    private bool _isAnew;

    /// <summary>Whom to show and whom to look for; null: neither.</summary>
    /// <param name="clockOffset">To add to this device's clock for the circle's time.</param>
    public void Configure(LanBeacon? beacon, TimeSpan clockOffset)
    {
        lock (_gate)
        {
            _clockOffset = clockOffset;
            _isStale |= _isShown != beacon is not null;
            _isShown = beacon is not null;
            _discovery.SetBeacon(beacon, context.Clock.Now, CircleNow);
            Begin();
        }
    }

    /// <summary>Shows this slot until <see cref="CloseSlot"/>; something listens at the ports.</summary>
    public void OpenSlot(ReadOnlyMemory<byte> slot, LanPorts ports)
    {
        lock (_gate)
        {
            _isStale |= _slots++ == 0;
            _discovery.OpenSlot(slot, ports, context.Clock.Now);
            Begin();
        }
    }

    public void CloseSlot(ReadOnlyMemory<byte> slot)
    {
        lock (_gate)
        {
            _slots--;
            _discovery.CloseSlot(slot);
            _isStale = true;
            _wake.Ring();
        }
    }

    /// <summary>Looks for who shows this slot until <see cref="LeaveSlot"/>.</summary>
    public void SeekSlot(ReadOnlyMemory<byte> slot)
    {
        lock (_gate)
        {
            _isStale |= _slots++ == 0;
            _discovery.SeekSlot(slot, context.Clock.Now);
            Begin();
        }
    }

    public void LeaveSlot(ReadOnlyMemory<byte> slot)
    {
        lock (_gate)
        {
            _slots--;
            _discovery.LeaveSlot(slot);
            _isStale = true;
            _wake.Ring();
        }
    }

    /// <summary>The network may be another.</summary>
    /// <param name="isAnew">Sockets are opened anew, and on each all is asked and announced as if it were new.</param>
    public void Refresh(bool isAnew)
    {
        lock (_gate)
        {
            _isStale = true;
            _isAnew |= isAnew;
        }
        _wake.Ring();
    }

    public async ValueTask DisposeAsync()
    {
        Configure(null, TimeSpan.Zero);
        Task? running;
        lock (_gate)
        {
            running = _running;
        }
        _stop.Cancel();
        if (running is not null)
        {
            await running;
        }
    }

    private DateTimeOffset CircleNow => context.Time.GetUtcNow() + _clockOffset;

    /// <summary>Behind the gate.</summary>
    private void Begin()
    {
        if (_isShown || _slots > 0)
        {
            _running ??= context.Run(RunAsync);
        }
        _wake.Ring();
    }

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                var isStale = TakeStale(out var isWanted, out var isAnew);
                if (isAnew)
                {
                    // Without good-byes: who is there now has heard nothing of it.
                    await OpenAsync([]);
                }
                else
                {
                    // Good-byes first: what is to be closed is still open.
                    Turn();
                }
                if (isStale)
                {
                    await OpenAsync(isWanted ? sockets.Interfaces() : []);
                    Turn();
                }
                await _wake.WaitAsync(UntilNext(), _stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The last thing said is good-bye.
            Turn();
        }
        finally
        {
            await OpenAsync([]);
        }
    }

    private bool TakeStale(out bool isWanted, out bool isAnew)
    {
        lock (_gate)
        {
            (var isStale, isAnew) = (_isStale, _isAnew);
            (_isStale, _isAnew) = (false, false);
            isWanted = _isShown || _slots > 0;
            return isStale;
        }
    }

    /// <summary>Sockets of interfaces that are there, and of no others. An interface that gives none is as if it were not there.</summary>
    private async ValueTask OpenAsync(IReadOnlyList<LanInterface> there)
    {
        var gone = new List<IMulticastSocket>();
        lock (_gate)
        {
            foreach (var old in _open.Keys.Where(old => !there.Any(old.IsSameAs)).ToList())
            {
                _open.Remove(old, out var socket);
                gone.Add(socket!);
            }
            var usable = new List<LanInterface>();
            foreach (var lan in there.Take(LanDiscovery.MostInterfaces))
            {
                if (_open.Keys.FirstOrDefault(lan.IsSameAs) is { } known)
                {
                    usable.Add(known);
                }
                else if (sockets.Open(lan, (bytes, from) => Hear(lan, bytes, from)) is { } opened)
                {
                    _open.Add(lan, opened);
                    usable.Add(lan);
                }
            }
            _discovery.SetInterfaces(usable, context.Clock.Now);
        }
        foreach (var socket in gone)
        {
            await socket.DisposeAsync();
        }
    }

    private void Hear(LanInterface lan, ReadOnlySpan<byte> bytes, IPEndPoint from)
    {
        lock (_gate)
        {
            if (!_discovery.HandleDatagram(lan, bytes, from, context.Clock.Now))
            {
                return;
            }
        }
        _wake.Ring();
    }

    /// <summary>What is due happens, and all that there is to say is said and told.</summary>
    private void Turn()
    {
        var happened = new List<LanEvent>();
        lock (_gate)
        {
            _discovery.HandleTimeout(context.Clock.Now, CircleNow);
            while (_discovery.TryPollTransmit(out var lan, out var transmit))
            {
                _open.GetValueOrDefault(lan)?.Send(transmit.Bytes.Span, transmit.To);
            }
            while (_discovery.TryPollEvent(out var one))
            {
                happened.Add(one);
            }
        }
        foreach (var one in happened)
        {
            switch (one)
            {
                case LanEvent.PeerSeen seen:
                    news.PeerSeen(seen.Peer, seen.EndPoints);
                    break;
                case LanEvent.SlotSeen seen:
                    news.SlotSeen(seen.Slot, seen.EndPoints);
                    break;
            }
        }
    }

    private TimeSpan UntilNext()
    {
        lock (_gate)
        {
            var now = context.Clock.Now;
            return _discovery.NextTimeout(now) is { } next
                ? TimeSpan.FromTicks(Math.Max(0, (next - now).Ticks))
                : Timeout.InfiniteTimeSpan;
        }
    }
}
