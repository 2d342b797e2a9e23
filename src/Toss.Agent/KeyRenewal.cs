using Toss.Control;

namespace Toss.Agent;

/// <summary>
/// New keys with every device because somebody wants them now, and not when they are old: each session begins anew with the next
/// message, and that is a new Card, which goes at once.
/// </summary>
internal sealed class KeyRenewal(Device device, DeviceKeeper keeper, SealStep sealing)
{
    /// <summary>Each sends a message to every device, and keeps what it replaced for a while.</summary>
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(1);

    /// <summary>A prekey that is not older than this is new; each that was replaced is kept for two weeks.</summary>
    private static readonly TimeSpan NewPrekey = TimeSpan.FromHours(1);

    private DateTimeOffset _last = DateTimeOffset.MinValue;

    public async ValueTask<RenewReport> RunAsync(CancellationToken cancellation)
    {
        if (device.SteadyNow - _last < AtMost)
        {
            throw new ControlException(
                ControlErrors.Busy,
                "The keys were renewed less than a minute ago.",
                "They are new: there is nothing to do."
            );
        }
        _last = device.SteadyNow;
        var renewed = 0;
        foreach (var peer in device.Circle.Peers)
        {
            renewed += await sealing.RenewAsync(peer.Device, [], cancellation) ? 1 : 0;
        }
        await keeper.RenewPrekeyAsync(NewPrekey, cancellation);
        return new RenewReport(renewed);
    }
}
