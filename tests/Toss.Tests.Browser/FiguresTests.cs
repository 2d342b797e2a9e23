using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Toss.Tests.Browser;

/// <summary>How large the app is and how fast it shows what happens: written to artifacts/screens/figures.txt.</summary>
public sealed class FiguresTests(Chromium chromium)
{
    /// <summary>A bound that a change of what is fetched would pass.</summary>
    private const long MostBytes = 3_000_000;

    private const int Events = 40;

    [Fact]
    public async Task The_app_is_small_and_what_happens_is_seen_at_once()
    {
        await using var two = await TwoDevices.StartAsync(paired: true);
        await two.A.CopyAsync("figures");
        var closed = await MemoryAsync(two.A.DaemonPid);
        await using var a = await ScreenPage.OpenAsync(chromium.Browser, two.A);
        await a.SeesAsync("figures");
        var cold = await LoadAsync(a);
        await a.Page.ReloadAsync();
        await a.SeesAsync("figures");
        var warm = await LoadAsync(a);
        Artifacts.Figure("over the wire, brotli", $"{cold.Bytes / 1e6:F2} MB in {cold.Requests} requests");
        Artifacts.Figure("first paint", $"{cold.FirstPaint:F0} ms, warm {warm.FirstPaint:F0} ms");
        Artifacts.Figure("clip on screen", $"{cold.Shown:F0} ms, warm {warm.Shown:F0} ms");
        Assert.InRange(cold.Bytes, 500_000, MostBytes);

        await a.Page.EvaluateAsync(
            """
            () => {
              window.seen = new Map();
              const look = () => {
                const text = document.querySelector('pre.text')?.textContent;
                if (text && !seen.has(text)) seen.set(text, performance.timeOrigin + performance.now());
              };
              new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
            }
            """
        );
        var (took, all) = (new List<double>(), new List<double>());
        await using var told = two.A.Control.WatchAsync(null, CancellationToken.None).GetAsyncEnumerator();
        await told.MoveNextAsync();
        for (var i = 0; i < Events; i++)
        {
            var text = string.Create(CultureInfo.InvariantCulture, $"event {i}");
            var begin = Now();
            await two.A.CopyAsync(text);
            do
            {
                Assert.True(await told.MoveNextAsync());
            } while (told.Current is not Control.CurrentChanged { Clip: { } clip } || clip.Preview != text);
            await a.SeesAsync(text);
            var seen = await a.Page.EvaluateAsync<double>("text => seen.get(text)", text);
            took.Add(seen - (told.Current.At.ToUnixTimeMilliseconds() + told.Current.At.Microsecond / 1000.0));
            all.Add(seen - begin);
        }
        var open = await MemoryAsync(two.A.DaemonPid);
        Artifacts.Figure("agent's memory (PSS)", $"{closed:F1} MB before a page was open, {open:F1} MB with one");
        Artifacts.Figure("event to page", Say(took));
        Artifacts.Figure("toss copy to page", Say(all));
    }

    /// <summary>What the process has for itself, and its share of what others have too (proc(5), smaps_rollup); megabytes.</summary>
    private static async Task<double> MemoryAsync(int pid)
    {
        var lines = await File.ReadAllLinesAsync($"/proc/{pid}/smaps_rollup");
        var kibibytes = lines.Single(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ')[^2];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024 / 1e6;
    }

    private static double Now() => (DateTimeOffset.UtcNow - DateTimeOffset.UnixEpoch).TotalMilliseconds;

    private static string Say(List<double> times)
    {
        times.Sort();
        return $"p50 {times[times.Count / 2]:F1} ms, p95 {times[times.Count * 95 / 100]:F1} ms of {times.Count}";
    }

    private static async Task<Load> LoadAsync(ScreenPage screen)
    {
        var said = await screen.Page.EvaluateAsync<string>(
            """
            () => {
              const fetched = [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
                .filter(one => !one.name.includes('/api/') && !one.name.includes('/session/'));
              return JSON.stringify({
                bytes: fetched.reduce((sum, one) => sum + one.transferSize, 0),
                requests: fetched.length,
                firstPaint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
                shown: performance.now(),
              });
            }
            """
        );
        return JsonSerializer.Deserialize<Load>(said, JsonSerializerOptions.Web)!;
    }

    private sealed record Load(long Bytes, int Requests, double FirstPaint, double Shown);
}
