using System.Diagnostics;
using System.Globalization;
using Toss.Control;
using Toss.Testing.Histories;
using Toss.Testing.Platform;

namespace Toss.Benchmarks.Histories;

/// <summary>One length of history, measured at a native device over its control socket.</summary>
/// <param name="Starts">`toss up` from its start to its end: the agent is ready.</param>
/// <param name="First">The first key of a search: previews are opened. Each after the agent had started anew.</param>
/// <param name="Keys">Each further key.</param>
/// <param name="Lists">A page without words, for comparison.</param>
/// <param name="Idle">PSS before a search, in kilobytes.</param>
/// <param name="Searching">While one is open.</param>
/// <param name="After">A minute after the last key, and what the agent needs to rest.</param>
internal sealed record HistoryFigures(
    int Clips,
    long DatabaseBytes,
    Samples Starts,
    Samples First,
    Samples Keys,
    Samples Lists,
    long Idle,
    long Searching,
    long After
)
{
    private const int Rounds = 5;
    private const int Searches = 20;

    /// <summary>What a screen shows at once.</summary>
    private const int Page = 50;

    /// <summary>A minute after the last key it is dropped; the agent collects when it has rested, which it looks at every 15 s.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromSeconds(60 + 45);

    public static async Task<HistoryFigures> MeasureAsync(string package, int clips)
    {
        using var folder = new TemporaryFolder();
        var program = Path.Combine(folder.Path, "toss");
        foreach (var file in Directory.GetFiles(package))
        {
            File.Copy(file, Path.Combine(folder.Path, Path.GetFileName(file)));
        }
        var home = Path.Combine(folder.Path, "home");
        await using var device = await NativeDevice.StartAsync(program, home, null, headless: true);
        await device.RunAsync("config", "history-clips", (clips * 2).ToString(CultureInfo.InvariantCulture));
        await device.RunAsync("config", "history-days", "3650");
        await device.RunAsync("down");
        await StoredHistory.FillAsync(Path.Combine(home, "data"), clips);

        var (starts, first, keys, lists) = (
            new List<double>(),
            new List<double>(),
            new List<double>(),
            new List<double>()
        );
        var text = new HistoryText(1);
        var (idle, searching, after) = (0L, 0L, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            starts.Add((await device.RunAsync("up", "--headless")).TotalMilliseconds);
            var process = (await device.Control.GetStatusAsync(default)).Daemon.Pid;
            // The first request of a connection is not the first key.
            lists.Add(await AskAsync(device.Control, null));
            if (round == Rounds - 1)
            {
                await Task.Delay(TimeSpan.FromSeconds(45));
                idle = ProcessUse.Of(process).PssKilobytes;
            }
            first.Add(await AskAsync(device.Control, text.Word()[..1]));
            for (var search = 0; search < Searches; search++)
            {
                var words = $"{text.Word()} {text.Word()}";
                for (var length = 2; length <= words.Length; length++)
                {
                    keys.Add(await AskAsync(device.Control, words[..length]));
                }
                lists.Add(await AskAsync(device.Control, null));
            }
            if (round == Rounds - 1)
            {
                searching = ProcessUse.Of(process).PssKilobytes;
                await Task.Delay(Forgotten);
                after = ProcessUse.Of(process).PssKilobytes;
            }
            if (round < Rounds - 1)
            {
                await device.RunAsync("down");
            }
        }
        return new HistoryFigures(
            clips,
            device.StoredBytes,
            new Samples(starts),
            new Samples(first),
            new Samples(keys),
            new Samples(lists),
            idle,
            searching,
            after
        );
    }

    private static async Task<double> AskAsync(IControl control, string? query)
    {
        var begin = Stopwatch.GetTimestamp();
        await control.GetHistoryAsync(new HistoryRequest(query, Page), default);
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
