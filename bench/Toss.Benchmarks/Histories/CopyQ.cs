using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Toss.Testing.Histories;
using Toss.Testing.Platform;

namespace Toss.Benchmarks.Histories;

/// <summary>
/// CopyQ with as many texts, which is 10,000 at most, on a display of its own. Its search is typed into its window; what is told of
/// a key is the processor time of its main thread until that rests, since nothing outside sees when the list is drawn.
/// </summary>
internal sealed record CopyQ(int Texts, double StartMs, Samples Keys, long Hidden, long Searching)
{
    /// <summary>What `maxitems` may be.</summary>
    public const int Most = 10_000;

    private static readonly TimeSpan rest = TimeSpan.FromMilliseconds(300);
    private static readonly string[] typed = ["k", "a", "l", "o", "space", "m", "i", "BackSpace", "BackSpace"];

    public static async Task<CopyQ> MeasureAsync(int texts)
    {
        using var folder = new TemporaryFolder();
        await using var display = await XvfbServer.StartAsync();
        var program = new CopyQProgram(display.Display, folder.Path);
        using (var filling = program.Start())
        {
            await program.AskAsync("config", "maxitems", texts.ToString(CultureInfo.InvariantCulture));
            var source = new HistoryText(1);
            var file = Path.Combine(folder.Path, "texts.json");
            await File.WriteAllTextAsync(
                file,
                JsonSerializer.Serialize(Enumerable.Range(0, texts).Select(source.Next).ToArray())
            );
            await program.AskAsync(
                "eval",
                $"var f = new File('{file}'); f.openReadOnly(); var a = JSON.parse(str(f.readAll())); "
                    + "for (var i = 0; i < a.length; i += 500) add.apply(this, a.slice(i, i + 500));"
            );
            await program.AskAsync("exit");
            await Watchdog.Within(filling.WaitForExitAsync(), "CopyQ to end");
        }

        var begin = Stopwatch.GetTimestamp();
        using var running = program.Start();
        while (await program.AskAsync("size") != texts.ToString(CultureInfo.InvariantCulture))
        {
            await Task.Delay(5);
        }
        var start = Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        var hidden = ProcessUse.Of(running.Id).PssKilobytes;
        await program.AskAsync("show");
        await Task.Delay(TimeSpan.FromSeconds(2));
        var keys = new List<double>();
        for (var round = 0; round < 5; round++)
        {
            foreach (var key in typed)
            {
                var before = Busy(running.Id);
                await program.TypeAsync(running.Id, key);
                keys.Add(await RestAsync(running.Id) - before);
            }
        }
        var searching = ProcessUse.Of(running.Id).PssKilobytes;
        await program.AskAsync("exit");
        await Watchdog.Within(running.WaitForExitAsync(), "CopyQ to end");
        return new CopyQ(texts, start, new Samples(keys), hidden, searching);
    }

    /// <summary>The main thread's time once it has not moved for a while.</summary>
    private static async Task<double> RestAsync(int process)
    {
        var last = Busy(process);
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < rest; )
        {
            await Task.Delay(10);
            // A cursor that blinks is rest too.
            if (Busy(process) is var now && now - last > 1)
            {
                (last, since) = (now, Stopwatch.GetTimestamp());
            }
        }
        return last;
    }

    /// <summary>Milliseconds on a processor, of its main thread.</summary>
    private static double Busy(int process) =>
        long.Parse(
            File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/schedstat")).Split(' ')[0],
            CultureInfo.InvariantCulture
        ) / 1e6;
}
