using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Says hello to each peer that is there, once since the start and since this device's clock was set, and again while the
/// peer's clock is not compared or seems to have been set: this device's Card, which tells nothing new, but whose receipt is
/// a live comparison. Otherwise the first clip of a device whose clock is a day off would carry a stamp that no peer believes.
/// </summary>
internal sealed class Greeting(AgentPorts ports, Device device, PeerPresence presence, Courier courier)
{
    /// <summary>Nobody tells that a clock was set: it shows when somebody looks.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A greeting that waited somewhere compares nothing: the next follows after this, the one after it in twice the time, so
    /// that a slow path costs little.
    /// </summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan AgainAtMost = TimeSpan.FromHours(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<Greeting>();
    private readonly Wake _wake = new(ports.Time);
    private readonly Dictionary<DeviceId, (DateTimeOffset Next, TimeSpan Wait)> _greeted = [];
    private int _timesSet;

    /// <summary>Somebody may have come.</summary>
    public void Wake() => _wake.Ring();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ForgetIfSet();
            foreach (var peer in device.Circle.Peers.Select(card => card.Device).Where(presence.IsOnline))
            {
                if (IsDue(peer))
                {
                    await GreetAsync(peer, cancellation);
                }
            }
            await _wake.WaitAsync(Look, cancellation);
        }
    }

    private bool IsDue(DeviceId peer)
    {
        // Once in any case: a receipt may have compared it for this device, and the peer still has to hear this clock.
        var first = !_greeted.TryGetValue(peer, out var last);
        if (!first && device.Clock.OffsetOf(peer) is not null && !device.Clock.IsDoubted(peer))
        {
            _greeted[peer] = (DateTimeOffset.MinValue, Again);
            return false;
        }
        var wait = first ? Again : last.Wait;
        if (!first && device.SteadyNow < last.Next)
        {
            return false;
        }
        _greeted[peer] = (device.SteadyNow + wait, wait * 2 < AgainAtMost ? wait * 2 : AgainAtMost);
        return true;
    }

    private void ForgetIfSet()
    {
        device.Clock.Notice(device.Now, device.SteadyNow);
        if (device.Clock.TimesSet != _timesSet)
        {
            _timesSet = device.Clock.TimesSet;
            _greeted.Clear();
        }
    }

    private async ValueTask GreetAsync(DeviceId peer, CancellationToken cancellation)
    {
        if (device.Circle.CardOf(device.Id) is not { } card)
        {
            return;
        }
        var body = new EnvelopePlaintext { Roster = new RosterUpdate { Cards = { card.Signed } } };
        try
        {
            await ports.Store.CommitAsync(
                StoreStep.Greet,
                [new InsertDelivery(courier.NewDelivery(peer, body))],
                cancellation
            );
            courier.Wake();
        }
        catch (StoreException failure)
        {
            _greeted.Remove(peer);
            _log.WorkFailed("A greeting", failure);
        }
    }
}
