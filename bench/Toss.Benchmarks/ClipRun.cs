using System.Diagnostics;
using Toss.Core.Clips;
using Toss.Platform.Clipboards.X11;
using Toss.Testing.Platform;
using Toss.Wire;

namespace Toss.Benchmarks;

/// <summary>
/// A program on A's display that copies and a program on B's display that reads, both event-driven: the time is from
/// just before A's program takes the selection to all bytes in the hands of B's program.
/// </summary>
internal sealed class ClipRun : IAsyncDisposable
{
    private readonly X11Clipboard _copies;
    private readonly X11Clipboard _reads;

    private ClipRun(X11Clipboard copies, X11Clipboard reads)
    {
        _copies = copies;
        _reads = reads;
    }

    /// <param name="from">As in DISPLAY; the other one likewise.</param>
    public static async Task<ClipRun> StartAsync(string from, string to)
    {
        var run = new ClipRun(new X11Clipboard(from), new X11Clipboard(to));
        await run._copies.StartAsync(spool: null, default);
        await run._reads.StartAsync(spool: null, default);
        return run;
    }

    public async Task<TimeSpan> CarryAsync(byte[] text)
    {
        var begin = Stopwatch.GetTimestamp();
        await CopyAsync(text);
        await ArrivesAsync(text);
        return Stopwatch.GetElapsedTime(begin);
    }

    public async Task CopyAsync(byte[] text) =>
        await _copies.ApplyAsync(
            new ClipContent([new ContentRepresentation(MediaTypes.Text, text)], Sensitivity.Normal),
            default,
            default
        );

    public Task ArrivesAsync(byte[] text) => Watchdog.Within(ArriveAsync(text), "the clip on B's clipboard");

    public async ValueTask DisposeAsync()
    {
        await _copies.DisposeAsync();
        await _reads.DisposeAsync();
    }

    private async Task ArriveAsync(byte[] text)
    {
        while (true)
        {
            var snapshot = await _reads.Changes.ReadAsync();
            if (snapshot.Representations.Any(representation => representation.Bytes.Span.SequenceEqual(text)))
            {
                return;
            }
        }
    }
}
