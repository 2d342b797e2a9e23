using System.Diagnostics;
using Toss.Core.Clips;
using Toss.Core.Files;

namespace Toss.Platform.Clipboards.MacOs;

/// <summary>
/// Reads the pasteboard and comes back, whatever its owner does. A program may have promised a type and never make it; the
/// call that asks for it cannot be ended. So each question has a thread of its own, which is left behind if it does not
/// come back: it ends when macOS gives up, or the program does. One read at a time.
/// </summary>
internal sealed class PasteboardReader(IPasteboard pasteboard, PasteboardTiming timing)
{
    /// <summary>Threads that are left behind at once; with that many, no more is asked until one comes back.</summary>
    public const int MostLeftBehind = 4;

    private int _underWay;

    /// <param name="count">The count of the pasteboard when its types were looked at.</param>
    /// <param name="types">What it had then.</param>
    /// <returns>Null if the pasteboard changed meanwhile: what was read may be of both.</returns>
    public Snapshot? Read(long count, IReadOnlyList<string> types)
    {
        var begun = Stopwatch.GetTimestamp();
        var isGivenUp = false;
        GivenBytes Ask(string type, long limit)
        {
            // Whoever did not answer once is not asked again: all of one copy has that time together.
            if (!isGivenUp && TryAsk(type, limit, count, begun, out var answer))
            {
                return answer;
            }
            isGivenUp = true;
            return new(null, IsTooLarge: false, IsLate: true);
        }
        var snapshot = PasteboardReading.Read(new AskedContent(types, Ask));
        return pasteboard.ChangeCount == count ? snapshot : null;
    }

    private bool TryAsk(string type, long limit, long count, long begun, out GivenBytes answer)
    {
        answer = default;
        if (Volatile.Read(ref _underWay) >= MostLeftBehind)
        {
            return false;
        }
        GivenBytes given = default;
        Interlocked.Increment(ref _underWay);
        var thread = new Thread(() =>
        {
            given =
                type == PasteboardFormats.File
                    ? FilesOf(pasteboard.Files(LocalFiles.Most + 1))
                    : pasteboard.Get(type, limit);
            Interlocked.Decrement(ref _underWay);
        })
        {
            IsBackground = true,
            Name = "toss pasteboard owner",
        };
        thread.Start();
        while (true)
        {
            var left = timing.Owner - Stopwatch.GetElapsedTime(begun);
            var wait = left < timing.Poll ? left : timing.Poll;
            if (thread.Join(wait < TimeSpan.Zero ? TimeSpan.Zero : wait))
            {
                answer = given;
                return true;
            }
            // As soon as somebody copied anew, nobody waits for this any more.
            if (left <= TimeSpan.Zero || pasteboard.ChangeCount != count)
            {
                return false;
            }
        }
    }

    /// <summary>None at all if a name has a line break or the like in it: a list of paths would be another's.</summary>
    private static GivenBytes FilesOf(IReadOnlyList<string> paths) =>
        paths.Any(path => path.Any(char.IsControl)) ? default : new(LocalFiles.Write(paths), IsTooLarge: false);

    private sealed class AskedContent(IReadOnlyList<string> types, Func<string, long, GivenBytes> ask) : IOfferedContent
    {
        public IReadOnlyList<string> Formats => types;

        public GivenBytes Get(string format, long limit) => ask(format, limit);
    }
}
