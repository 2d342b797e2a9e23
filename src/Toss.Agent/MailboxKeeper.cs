using Microsoft.Extensions.Logging;
using Toss.Core.Ports;
using Toss.Core.Scheduling;

namespace Toss.Agent;

/// <summary>
/// Keeps a mailbox wherever this device has to be reached: made when a companion names a new home, given up when a former
/// one is over. The companions learn it from the next Card. What is to do follows from the Cards alone, so a crash loses
/// nothing.
/// </summary>
internal sealed class MailboxKeeper(AgentPorts ports, Device device, DeviceKeeper keeper)
{
    /// <summary>Mailboxes end after days.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>After a disk that said no.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(30);

    private readonly ILogger _log = ports.Logs.CreateLogger<MailboxKeeper>();
    private readonly Wake _wake = new(ports.Time);

    /// <summary>A Card or the own home may have changed.</summary>
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
                _log.WorkFailed("Revising mailboxes", failure);
                next = Rest;
            }
            await _wake.WaitAsync(next, cancellation);
        }
    }

    private async ValueTask ReviseAsync(CancellationToken cancellation)
    {
        // Between leaving one circle and founding another there is nobody to have a Card for.
        if (device.Circle.SelfIsMember)
        {
            await keeper.AnnounceAsync(
                StoreStep.ChangeDevice,
                record => device.WithMailboxes(record, device.Companions),
                cancellation
            );
        }
    }
}
