using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>What happens by the clock: expiry and retention, key rotation, healing of sessions, Adds nobody confirmed.</summary>
internal sealed class Housekeeping(
    AgentPorts ports,
    Device device,
    DeviceKeeper keeper,
    CircleKeeper circle,
    Departure departure,
    Courier courier,
    SealStep sealing,
    PeerPresence presence,
    Reunion reunion,
    ContentRoom room
)
{
    /// <summary>Often enough for the ten-minute rules, rare enough to cost nothing.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan SweepPeriod = TimeSpan.FromHours(1);

    /// <summary>A peer that is there and has not answered for this long does not open what we send.</summary>
    private static readonly TimeSpan Unanswered = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan HealAtMost = TimeSpan.FromHours(1);

    /// <summary>Steps by which the database is made smaller in an hour: 64 MiB.</summary>
    private const int MostSteps = 64;

    private readonly ILogger _log = ports.Logs.CreateLogger<Housekeeping>();
    private readonly BlobSweep _blobs = new(ports);

    // All by the clock that nobody sets: one that was set back must not put off the healing by as much.
    private readonly Dictionary<DeviceId, DateTimeOffset> _healed = [];
    private readonly Dictionary<DeviceId, (MessageId Oldest, DateTimeOffset Since)> _silent = [];
    private readonly Wake _wake = new(ports.Time);
    private DateTimeOffset _swept = DateTimeOffset.MinValue;

    /// <summary>Somebody may have come: a reunion does not wait for the next minute.</summary>
    public void Wake() => _wake.Ring();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                await RoundAsync(cancellation);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Housekeeping", failure);
            }
            await _wake.WaitAsync(Period, cancellation);
        }
    }

    /// <summary>What is due now.</summary>
    internal async ValueTask RoundAsync(CancellationToken cancellation)
    {
        device.Echo.Forget(device.SteadyNow);
        if (device.SteadyNow - _swept >= SweepPeriod)
        {
            _swept = device.SteadyNow;
            await room.SweepByKindAsync(cancellation);
            await CompactAsync(cancellation);
            await keeper.RotatePrekeyAsync(cancellation);
        }
        if (device.Pending is { } pending && device.Now > pending.Until)
        {
            await GiveUpInviterAsync(cancellation);
        }
        await circle.LeaveIfRemovedAsync(cancellation);
        await EraseLockedAsync(cancellation);
        await departure.RevokeUnconfirmedAsync(cancellation);
        foreach (var peer in device.Circle.Peers)
        {
            await HealAsync(peer.Device, cancellation);
            await reunion.AskAsync(peer.Device, cancellation);
        }
    }

    private async ValueTask CompactAsync(CancellationToken cancellation)
    {
        for (var step = 0; step < MostSteps && await ports.Store.CompactAsync(cancellation); step++)
        {
            // Each is some milliseconds of the store's; what comes between them goes first.
        }
    }

    /// <summary>Nobody answered: a home that was the inviter's, and not given to this device, is its home no more.</summary>
    private async ValueTask GiveUpInviterAsync(CancellationToken cancellation)
    {
        if (device.LivesWithCircle && device.Circle.Peers.Count == 0)
        {
            await keeper.ChangeAsync(record => device.WithHome(record, null), cancellation);
        }
        await circle.DropPendingAsync(cancellation);
    }

    /// <summary>The history of a circle that removed this device, a day after it did.</summary>
    private async ValueTask EraseLockedAsync(CancellationToken cancellation)
    {
        foreach (var locked in HistoryLock.In(device.Record))
        {
            if (device.Now >= locked.EraseAt && await keeper.EraseHistoryAsync(locked, _blobs, cancellation))
            {
                _log.HistoryErased();
            }
        }
    }

    /// <summary>
    /// The sender heals: a peer that was seen alive and gave no receipt for ten minutes has lost the session. A new
    /// handshake, and the same messages sealed again under their old ids.
    /// </summary>
    private async ValueTask HealAsync(DeviceId peer, CancellationToken cancellation)
    {
        if (_healed.TryGetValue(peer, out var last) && device.SteadyNow - last < HealAtMost)
        {
            return;
        }
        var unanswered = await ports.Store.UnansweredDeliveriesAsync(peer, cancellation);
        var oldest = unanswered.FirstOrDefault(row =>
            presence.AliveAfter(peer, row.ChangedAt ?? row.CreatedAt) is not null
        );
        if (oldest is null)
        {
            _silent.Remove(peer);
            return;
        }
        // Ten minutes from when it was there: one that comes back after a night has not failed to answer yet, and one that
        // comes and goes does not put it off.
        if (!_silent.TryGetValue(peer, out var silent) || silent.Oldest != oldest.Message)
        {
            var alive = presence.AliveAfter(peer, oldest.ChangedAt ?? oldest.CreatedAt)!.Value;
            var silentFor = device.Now > alive ? device.Now - alive : TimeSpan.Zero;
            silent = (oldest.Message, device.SteadyNow - silentFor);
            _silent[peer] = silent;
        }
        if (device.SteadyNow - silent.Since <= Unanswered)
        {
            return;
        }
        _log.Healing(peer.Short, unanswered.Count);
        // All of them: what one lost session holds up, the next healing could free only in an hour.
        if (!await sealing.RenewAsync(peer, unanswered, cancellation))
        {
            return;
        }
        _healed[peer] = device.SteadyNow;
        _silent.Remove(peer);
        courier.Wake();
    }
}
