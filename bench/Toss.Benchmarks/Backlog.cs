using System.Diagnostics;
using Toss.Control;
using Toss.Testing.Platform;

namespace Toss.Benchmarks;

/// <summary>What many clips at once take: those that waited for a relay, and those that are kept.</summary>
/// <param name="Queued">Clips that waited while the relay was away.</param>
/// <param name="CaughtUp">From the relay's first word to the receiver's answer to the last of them.</param>
/// <param name="Copies">Texts copied in a row after that.</param>
/// <param name="Copying">Until the receiver had answered the last.</param>
/// <param name="Rows">In the receiver's history in the end.</param>
/// <param name="Bytes">Of the receiver's database and its write-ahead log.</param>
internal sealed record Backlog(int Queued, TimeSpan CaughtUp, int Copies, TimeSpan Copying, int Rows, long Bytes)
{
    private const int Waiting = 100;
    private const int Many = 10_000;

    public static async Task<Backlog> MeasureAsync(NativeWorld world)
    {
        await using var a = await world.StartDeviceAsync(world.RelayUrl, headless: true);
        await using var b = await world.StartDeviceAsync(null, headless: true);
        await a.ConnectAsync();
        await a.PairAsync(b, world.RelayUrl);
        await a.SeePeerAsync();

        await world.StopRelayAsync();
        await CopyAsync(a, Waiting);
        await world.StartRelayAsync();
        var begin = Stopwatch.GetTimestamp();
        await AnsweredAsync(a);
        var caughtUp = Stopwatch.GetElapsedTime(begin);

        begin = Stopwatch.GetTimestamp();
        await CopyAsync(a, Many);
        await AnsweredAsync(a);
        var copying = Stopwatch.GetElapsedTime(begin);
        var history = await b.Control.GetHistoryAsync(null, Waiting + Many, CancellationToken.None);
        return new Backlog(Waiting, caughtUp, Many, copying, history.Count, b.StoredBytes);
    }

    private static async Task CopyAsync(NativeDevice device, int count)
    {
        for (var i = 0; i < count; i++)
        {
            using var text = new MemoryStream(Guid.NewGuid().ToByteArray());
            await device.Control.CopyAsync("text/plain", text, false, CancellationToken.None);
        }
    }

    /// <summary>Until the receiver answered all of them. They arrive newest first, so the newest says nothing.</summary>
    private static async Task AnsweredAsync(NativeDevice sender)
    {
        for (var left = int.MaxValue; left > 0; )
        {
            left = await Watchdog.Within(FewerAsync(sender, left), $"fewer than {left} clips to wait");
        }
    }

    private static async Task<int> FewerAsync(NativeDevice sender, int than)
    {
        while (true)
        {
            var status = await sender.Control.GetStatusAsync(CancellationToken.None);
            if (status.Peers.Sum(peer => peer.Pending) is var left && left < than)
            {
                return left;
            }
            await Task.Delay(20);
        }
    }
}
