using System.CommandLine;
using Toss.Cli.Commands.Output;
using Toss.Control;

namespace Toss.Cli.Commands;

/// <summary>`toss bench`: how fast the direct link to a device is.</summary>
internal static class BenchCommand
{
    private const int DefaultSize = 32;
    private const int MaxSize = 64;

    public static Command Create(CommandHost host)
    {
        var device = new Argument<string>("DEVICE") { Description = "Its name, its id, or the beginning of its id." };
        var size = NumberOption.Whole("--size", [], "Megabytes to send each way.", DefaultSize, 1, MaxSize);
        var command = new Command("bench", "Measure the direct link to a device.") { device, size };
        command.RunControl(
            host,
            async (control, parsed, cancellation) =>
            {
                var report = await control.BenchAsync(
                    parsed.GetRequiredValue(device),
                    parsed.GetValue(size),
                    cancellation
                );
                if (parsed.IsJson())
                {
                    host.Json(report, ControlJson.Default.BenchReport);
                    return;
                }
                Say(host, report);
            }
        );
        return command;
    }

    private static void Say(CommandHost host, BenchReport report)
    {
        var path = report.Path is { } found ? SafeText.Of($"{found.Kind}, {found.Address}") : "gone meanwhile";
        host.Out.WriteLine($"{SafeText.Of(report.Name)} over the link ({path}), {report.Megabytes} MB each way:");
        host.Out.WriteLine($"  there       {Rate(report.UpMBps)}, {Cpu(report.UpCpuMs)}");
        host.Out.WriteLine($"  back        {Rate(report.DownMBps)}, {Cpu(report.DownCpuMs)}");
        host.Out.WriteLine(
            $"  round trip  p50 {Spoken.Milliseconds(report.RttP50Ms)}, p95 {Spoken.Milliseconds(report.RttP95Ms)}"
        );
    }

    private static string Cpu(double milliseconds) => $"{Spoken.Milliseconds(milliseconds)} of processor time here";

    private static string Rate(double value) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{value, 8:0.0} MB/s");
}
