using Microsoft.Extensions.Logging;
using Toss.Core.Circle;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// Ends former beacon keys: what removed devices know this one by. The commit that takes in a departure draws the new key
/// itself (<see cref="CircleKeeper.CommitAsync"/>); here it is made up for where that did not happen, as with what an earlier
/// version stored.
/// </summary>
internal sealed class BeaconKeeper
{
    private readonly AgentPorts _ports;
    private readonly Device _device;
    private readonly DeviceKeeper _keeper;
    private readonly Agreements _agreements;
    private readonly Revision _revision;

    public BeaconKeeper(AgentPorts ports, Device device, DeviceKeeper keeper, Agreements agreements)
    {
        (_ports, _device, _keeper, _agreements) = (ports, device, keeper, agreements);
        _revision = new(ports.Time, ports.Logs.CreateLogger<BeaconKeeper>(), "Changing the beacon key", ReviseAsync);
        agreements.CardShown += Wake;
    }

    /// <summary>The circle may have changed.</summary>
    public void Wake() => _revision.Wake();

    public Task RunAsync(CancellationToken cancellation) => _revision.RunAsync(cancellation);

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
