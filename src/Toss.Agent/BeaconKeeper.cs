using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Core.Scheduling;

namespace Toss.Agent;

/// <summary>
/// Ends former beacon keys: what removed devices know this one by. The commit that takes in a departure draws the new key
/// itself (<see cref="CircleKeeper.CommitAsync"/>); here it is made up for where that did not happen, as with what an earlier
/// version stored.
/// </summary>
internal sealed class BeaconKeeper
{
    /// <summary>Former keys end after days.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>After a disk that said no.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly AgentPorts _ports;
    private readonly Device _device;
    private readonly DeviceKeeper _keeper;
    private readonly Agreements _agreements;
    private readonly ILogger _log;
    private readonly Wake _wake;

    public BeaconKeeper(AgentPorts ports, Device device, DeviceKeeper keeper, Agreements agreements)
    {
        (_ports, _device, _keeper, _agreements) = (ports, device, keeper, agreements);
        _log = ports.Logs.CreateLogger<BeaconKeeper>();
        _wake = new Wake(ports.Time);
        agreements.CardShown += Wake;
    }

    /// <summary>The circle may have changed.</summary>
    public void Wake() => _wake.Ring();

    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var next = Period;
            try
            {
                await ReviseAsync(cancellation);
            }
            catch (StoreException failure)
            {
                _log.WorkFailed("Changing the beacon key", failure);
                next = Rest;
            }
            await _wake.WaitAsync(next, cancellation);
        }
    }

    private async ValueTask ReviseAsync(CancellationToken cancellation)
    {
        if (!ReferenceEquals(Rotated(_device.Record), _device.Record))
        {
            await _keeper.AnnounceAsync(StoreStep.RotateKeys, Rotated, cancellation);
        }
        if (!ReferenceEquals(Retired(_device.Record), _device.Record))
        {
            await _keeper.ChangeAsync(Retired, cancellation);
        }
    }

    private DeviceRecord Rotated(DeviceRecord record) =>
        BeaconPlan.Rotate(record, _device.Circle, _device.Now, _ports.Random);

    private DeviceRecord Retired(DeviceRecord record) =>
        BeaconPlan.Retire(record, _device.Circle, _agreements.CardHeldBy, _device.Now);
}
