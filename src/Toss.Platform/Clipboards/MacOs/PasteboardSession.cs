using System.Diagnostics;
using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.MacOs;

/// <summary>
/// The clipboard's own thread: looks whether the pasteboard changed, reads what somebody else put, and puts what it is told.
/// macOS tells nobody of a change, so it is looked at again and again: often while somebody is at the machine, rarely else.
/// There is no lock: between a look and a write somebody may copy, within microseconds; the write wins then.
/// </summary>
internal sealed class PasteboardSession(
    PasteboardTiming timing,
    IPasteboard pasteboard,
    ChannelReader<ClipboardCommand> commands,
    WaitHandle wake,
    Action<Snapshot> report,
    Snapshot unread
)
{
    /// <summary>Types that are looked at: office programs offer some forty.</summary>
    private const int MostTypes = 512;

    /// <summary>Looks at a pasteboard that gets more types each time; then it is read as it is.</summary>
    private const int MostLooks = 10;

    private readonly PasteboardReader _reader = new(pasteboard, timing);

    /// <summary>The count that is nobody's news: what was there before us, what was reported, and what we put.</summary>
    private long _seen = pasteboard.ChangeCount;

    /// <summary>What we put, while nobody has put anything since.</summary>
    private HeldContent? _held;

    /// <summary>What macOS did not take; tried again at each look.</summary>
    private HeldContent? _refused;

    private Unsettled? _unsettled;

    /// <summary>When a change was seen first that is not reported yet.</summary>
    private long? _unsettledSince;

    private long _wakeups;

    /// <summary>Looks so far.</summary>
    public long Wakeups => Interlocked.Read(ref _wakeups);

    private bool IsOurs => _held is not null && pasteboard.ChangeCount == _seen;

    public void Run(Func<bool> isStopping)
    {
        while (!isStopping())
        {
            Look();
            while (commands.TryRead(out var command))
            {
                Take(command);
            }
            if (_refused is { } waiting && _unsettled is null)
            {
                TryPut(waiting);
            }
            Interlocked.Increment(ref _wakeups);
            wake.WaitOne(Pause());
        }
        // Content stays without us, as macOS has it; a secret does not.
        if (_held is { IsSecret: true } && IsOurs)
        {
            pasteboard.Put([], [], stays: true);
        }
    }

    private TimeSpan Pause() =>
        _unsettled is not null ? timing.Settle
        : pasteboard.SinceInput >= timing.RestAfter ? timing.Rest
        : timing.Poll;

    private void Take(ClipboardCommand command)
    {
        // What somebody copied before this was asked comes before it.
        Look();
        switch (command)
        {
            case ApplyCommand apply when _unsettled is not null:
                apply.Outcome.TrySetResult(ApplyOutcome.Overtaken);
                break;
            case ApplyCommand apply:
                apply.Outcome.TrySetResult(TryPut(apply.Content) ? ApplyOutcome.Applied : ApplyOutcome.Deferred);
                break;
            case ClearCommand clear:
                Clear(clear.Origin);
                clear.Done.TrySetResult();
                break;
            case ReadCommand read:
                read.Snapshot.TrySetResult(Read());
                break;
        }
    }

    /// <summary>Reports what somebody else did since we looked last, once it stands still.</summary>
    private void Look()
    {
        var count = pasteboard.ChangeCount;
        if (count == _seen)
        {
            return;
        }
        _held = null;
        var types = pasteboard.Types(MostTypes);
        if (PasteboardFormats.IsNobodys(types))
        {
            See(count);
            return;
        }
        // Whatever waited for macOS is older than this.
        _refused = null;
        _unsettledSince ??= Stopwatch.GetTimestamp();
        if (_unsettled is not { } last || last.Count != count)
        {
            _unsettled = new(count, types, 1, Stopwatch.GetTimestamp());
        }
        else if (Stopwatch.GetElapsedTime(last.At) >= timing.Settle)
        {
            if (last.Looks < MostLooks && !last.Types.SequenceEqual(types))
            {
                _unsettled = new(count, types, last.Looks + 1, Stopwatch.GetTimestamp());
            }
            else if ((types.Count == 0 ? Snapshot.Cleared : _reader.Read(count, types)) is { } copied)
            {
                See(count);
                report(copied);
                return;
            }
        }
        if (Stopwatch.GetElapsedTime(_unsettledSince.Value) > timing.Patience)
        {
            // Somebody changes it without end.
            See(count);
            report(unread);
        }
    }

    private void See(long count)
    {
        _seen = count;
        _unsettled = null;
        _unsettledSince = null;
    }

    private Snapshot? Read()
    {
        if (IsOurs)
        {
            return _held!.ToSnapshot();
        }
        var types = pasteboard.Types(MostTypes);
        return types.Count == 0 ? null : _reader.Read(pasteboard.ChangeCount, types) ?? unread;
    }

    private bool TryPut(HeldContent content)
    {
        var offered = PasteboardFormats.Offer(content.Content, content.Origin);
        if (
            pasteboard.Put(offered, PasteboardFormats.FilesOf(content.Content), stays: content.IsSecret)
            is not { } count
        )
        {
            // It is empty now, and that was us.
            See(pasteboard.ChangeCount);
            (_held, _refused) = (null, content);
            return false;
        }
        var now = pasteboard.ChangeCount;
        // If filling it counts too, the count is ours as long as the mark is.
        See(now != count && Carries(content.Origin) ? now : count);
        _held = content;
        _refused = null;
        return true;
    }

    /// <summary>Ours, or of a run of ours that ended without taking it away: there it outlives us, with its mark.</summary>
    private void Clear(ReadOnlyMemory<byte> origin)
    {
        if (_refused?.IsOf(origin) == true)
        {
            _refused = null;
        }
        if (
            (IsOurs ? _held!.IsOf(origin) : _unsettled is null && Carries(origin))
            && pasteboard.Put([], [], stays: true) is { } count
        )
        {
            See(count);
            _held = null;
        }
    }

    /// <summary>Whether the mark on the pasteboard is this one. Ours is never only promised, so it is there at once.</summary>
    private bool Carries(ReadOnlyMemory<byte> origin) =>
        pasteboard.Types(MostTypes).Contains(PasteboardFormats.Origin)
        && pasteboard.Get(PasteboardFormats.Origin, OfferedReading.MarkLimit).Bytes is { } mark
        && mark.AsSpan().SequenceEqual(origin.Span);

    /// <summary>What was there at the last look, which may still change.</summary>
    private sealed record Unsettled(long Count, IReadOnlyList<string> Types, int Looks, long At);
}
