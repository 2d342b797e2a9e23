using Microsoft.Extensions.Logging;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// Keeps a mailbox wherever this device has to be reached: made when a companion names a new home, given up when a former
/// one is over. The companions learn it from the next Card. What is to do follows from the Cards alone, so a crash loses
/// nothing.
/// </summary>
internal sealed class MailboxKeeper
{
    private readonly Device _device;
    private readonly DeviceKeeper _keeper;
    private readonly Revision _revision;

    public MailboxKeeper(AgentPorts ports, Device device, DeviceKeeper keeper)
    {
        (_device, _keeper) = (device, keeper);
        _revision = new(ports.Time, ports.Logs.CreateLogger<MailboxKeeper>(), "Revising mailboxes", ReviseAsync);
    }

    /// <summary>A Card or the own home may have changed.</summary>
    public void Wake() => _revision.Wake();

    public Task RunAsync(CancellationToken cancellation) => _revision.RunAsync(cancellation);

    private async ValueTask ReviseAsync(CancellationToken cancellation)
    {
        // Between leaving one circle and founding another there is nobody to have a Card for.
        if (_device.Circle.SelfIsMember)
        {
            await _keeper.AnnounceAsync(
                StoreStep.ChangeDevice,
                record => _device.WithMailboxes(record, _device.Companions),
                cancellation
            );
        }
    }
}
