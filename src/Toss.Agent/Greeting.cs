using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>
/// Says hello to each peer that is there and whose clock was not compared since the start, or since this device's clock was
/// set: this device's Card, which tells nothing new, but whose receipt is a live comparison. Otherwise the first clip of a
/// device whose clock is a day off would carry a stamp that no peer believes.
/// </summary>
internal sealed class Greeting(AgentPorts ports, Device device, PeerPresence presence, Courier courier)
{
    /// <summary>Nobody tells that a clock was set: it shows when somebody looks.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<Greeting>();
    private readonly Wake _wake = new(ports.Time);
    private readonly HashSet<DeviceId> _greeted = [];

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
                if (device.Clock.OffsetOf(peer) is null && _greeted.Add(peer))
                {
                    await GreetAsync(peer, cancellation);
                }
            }
            await _wake.WaitAsync(Look, cancellation);
        }
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
