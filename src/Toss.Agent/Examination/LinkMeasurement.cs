using Toss.Control;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Agent.Examination;

/// <summary>`toss bench`: has the link to a peer measured, and says in words why not.</summary>
internal static class LinkMeasurement
{
    private const int Megabyte = 1_000_000;

    /// <param name="megabytes">Each way.</param>
    public static async ValueTask<BenchReport> RunAsync(
        DeviceAgent agent,
        DeviceCard peer,
        int megabytes,
        CancellationToken cancellation
    )
    {
        if (megabytes is < 1 or > Limits.Bench / Megabyte)
        {
            throw new ControlException(
                ControlErrors.InvalidArgument,
                $"1 to {Limits.Bench / Megabyte} megabytes can be sent each way."
            );
        }
        var result = await agent.Ports.Network.BenchAsync(peer.Device, megabytes * Megabyte, cancellation);
        return result.Status switch
        {
            BenchStatus.Done => new BenchReport(
                peer.Device.ToString(),
                peer.Name,
                StatusWriter.PathOf(agent, peer),
                megabytes,
                Rate(result.Bytes, result.Up),
                Rate(result.Bytes, result.Down),
                Of(result.Echoes, 0.50),
                Of(result.Echoes, 0.95),
                Math.Round(result.UpCpu.TotalMilliseconds, 1),
                Math.Round(result.DownCpu.TotalMilliseconds, 1)
            ),
            BenchStatus.NoLink => throw new ControlException(
                ControlErrors.NoLink,
                $"There is no direct link to {peer.Name}, so there is nothing to measure.",
                agent.Presence.IsOnline(peer.Device)
                    ? $"It is reached through the relay: {agent.Candidates.WhyRelayed(peer).Words}."
                    : "It is away: look again when `toss status` shows it online."
            ),
            BenchStatus.Busy => throw new ControlException(
                ControlErrors.Busy,
                $"{peer.Name} measures already, or has measured enough for now.",
                "Try again in a minute."
            ),
            BenchStatus.Refused => throw new ControlException(
                ControlErrors.NoLink,
                $"{peer.Name} gave the measurement up.",
                "If its toss is older, update it; if the link is slow, try a smaller --size."
            ),
            _ => throw new ControlException(
                ControlErrors.NoLink,
                $"{peer.Name} did not answer for seconds: the link is about to end.",
                "Look at `toss status`, and try again."
            ),
        };
    }

    private static double Rate(int bytes, TimeSpan took) =>
        Math.Round(bytes / Math.Max(took.TotalSeconds, 1e-6) / Megabyte, 2);

    /// <summary>Of sorted values: the nearest rank.</summary>
    private static double Of(IReadOnlyList<double> sorted, double part) =>
        Math.Round(sorted[(int)Math.Ceiling(part * sorted.Count) - 1], 3);
}
