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

    public static async Task<ClipRun> StartAsync(NativeWorld world)
    {
        var run = new ClipRun(new X11Clipboard(world.A.Display), new X11Clipboard(world.B.Display));
        await run._copies.StartAsync(default);
        await run._reads.StartAsync(default);
        return run;
    }

    public async Task<TimeSpan> CarryAsync(byte[] text)
    {
        var content = new ClipContent([new ContentRepresentation(MediaTypes.Text, text)], Sensitivity.Normal);
        var begin = Stopwatch.GetTimestamp();
        await _copies.ApplyAsync(content, default, default);
        await Watchdog.Within(ArriveAsync(text), "the clip on B's clipboard");
        return Stopwatch.GetElapsedTime(begin);
    }

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
