using System.Globalization;
using Toss.Testing.Net;

namespace Toss.Benchmarks.Lan;

/// <summary>What two devices with a link and nothing to do send, and how often they wake. Of one of them, in an hour's terms.</summary>
/// <param name="Bytes">That left its interface, headers and all, for an hour.</param>
/// <param name="WakeUps">Voluntary context switches of all threads in a second.</param>
internal sealed record LanIdle(string Device, TimeSpan Span, double Bytes, double Packets, double WakeUps, TimeSpan Cpu)
{
    /// <summary>From the last activity: acknowledgements, receipts and announcements are through.</summary>
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(30);

    public static async Task<IReadOnlyList<LanIdle>> MeasureAsync(LanWorld world, TimeSpan span)
    {
        (string Name, LabNamespace Machine, int Process)[] devices =
        [
            ("A", world.MachineA, world.A.DaemonPid),
            ("B", world.MachineB, world.B.DaemonPid),
        ];
        await Task.Delay(s_settle);
        var before = devices.Select(Look).ToList();
        await Task.Delay(span);
        return
        [
            .. devices.Zip(
                before,
                (device, then) =>
                {
                    var now = Look(device);
                    return new LanIdle(
                        device.Name,
                        span,
                        (now.Bytes - then.Bytes) * (TimeSpan.FromHours(1) / span),
                        (now.Packets - then.Packets) * (TimeSpan.FromHours(1) / span),
                        now.Use.WakeUpsSince(then.Use) / span.TotalSeconds,
                        now.Use.Cpu - then.Use.Cpu
                    );
                }
            ),
        ];
    }

    private static (long Bytes, long Packets, ProcessUse Use) Look(
        (string, LabNamespace Machine, int Process) device
    ) => (Count(device.Machine, "tx_bytes"), Count(device.Machine, "tx_packets"), ProcessUse.Of(device.Process));

    private static long Count(LabNamespace machine, string counter) =>
        long.Parse(
            machine.Run("cat", $"/sys/class/net/{LabSwitch.Device}/statistics/{counter}"),
            CultureInfo.InvariantCulture
        );
}
