using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// The clipboard's own thread: hears of changes, reads them, puts what it is told, and tries again while somebody else has
/// the clipboard open. Everything that is to be done with it is done in one go while it is open, so nobody comes between.
/// </summary>
internal sealed class WindowsSession(
    WindowsTiming timing,
    ClipboardWindow window,
    ChannelReader<ClipboardCommand> commands,
    Action<Snapshot> report,
    Snapshot unread
)
{
    private readonly PromisedFormats _promised = new(timing, window);
    private readonly FormatNumbers _numbers = new();
    private readonly List<ReadCommand> _reads = [];
    private ApplyCommand? _apply;

    /// <summary>What is to be applied in the formats of Windows: made before the clipboard is opened, since it may take long.</summary>
    private List<OfferedFormat> _offered = [];
    private ClearCommand? _clear;
    private HeldContent? _held;

    /// <summary>What was there before us is nobody's news.</summary>
    private uint _seen = OpenedClipboard.Sequence;

    /// <summary>In which one copy changes the clipboard again and again.</summary>
    private static readonly TimeSpan OneCopy = TimeSpan.FromSeconds(1);

    /// <summary>What was reported last, and whose it was: programs that copy in steps change the clipboard several times.</summary>
    private (byte[] Print, nint Owner, long At)? _last;
    private TimeSpan _pause;

    /// <summary>When what waits now began to wait.</summary>
    private long? _waitsSince;

    /// <summary>Times the thread waited for something so far; an idle clipboard adds none.</summary>
    public long Wakeups { get; private set; }

    private bool HasWork => IsChanged || _apply is not null || _clear is not null || _reads.Count > 0;

    private bool IsChanged { get; set; }

    public void Run(Func<bool> isStopping)
    {
        window.Asked = _promised.Render;
        window.Leaving = _promised.RenderAll;
        _promised.IsStopping = isStopping;
        _promised.Waiting = AnswerWhileRendering;
        while (true)
        {
            IsChanged |= ClipboardWindow.TakePosted();
            // Whatever woke us is taken: what it was for is looked at after that, or the next wait would miss it.
            if (isStopping())
            {
                break;
            }
            while (_clear is null && _apply is null && commands.TryRead(out var command))
            {
                Take(command);
            }
            // Of our own writes we hear too; the clipboard need not be opened to know them.
            IsChanged &= OpenedClipboard.Sequence != _seen && !IsOurs;
            if (!HasWork)
            {
                Wakeups++;
                ClipboardWindow.Wait(null);
            }
            else if (TryWork())
            {
                _waitsSince = null;
                _pause = timing.RetryFirst;
            }
            else
            {
                HandleBusy();
                Wakeups++;
                ClipboardWindow.Wait(_pause);
                _pause = _pause * 2 < timing.RetryMost ? _pause * 2 : timing.RetryMost;
            }
        }
        Leave();
    }

    private void Take(ClipboardCommand command)
    {
        switch (command)
        {
            case ApplyCommand apply:
                _apply = apply;
                _offered = WindowsFormats.Offer(apply.Content.Content, apply.Content.Origin);
                break;
            case ClearCommand clear:
                _clear = clear;
                break;
            case ReadCommand read:
                _reads.Add(read);
                break;
        }
    }

    /// <summary>
    /// A program pastes what is still on its way, and has the clipboard open: what it holds can be said all the same.
    /// </summary>
    private void AnswerWhileRendering()
    {
        while (_clear is null && _apply is null && commands.TryRead(out var command))
        {
            if (command is ReadCommand read)
            {
                read.Snapshot.TrySetResult(_held?.ToSnapshot());
            }
            else
            {
                Take(command);
            }
        }
    }

    /// <summary>False if the clipboard could not be opened.</summary>
    private bool TryWork()
    {
        if (!OpenedClipboard.TryOpen(window.Handle, _numbers, out var opened))
        {
            return false;
        }
        using (opened)
        {
            var current = Look(opened);
            if (_clear is { } clear)
            {
                // Ours, or from a run of ours that ended without taking it away: there it outlives us, with its mark.
                if (
                    IsOurs
                        ? _held?.IsOf(clear.Origin) == true
                        : (current ?? Read(opened)).Origin?.Span.SequenceEqual(clear.Origin.Span) == true
                )
                {
                    opened.TryEmpty();
                    _promised.Forget();
                    Own(null);
                    current = null;
                }
                clear.Done.TrySetResult();
                _clear = null;
            }
            if (_apply is { } apply)
            {
                Put(opened, apply.Content);
                apply.Outcome.TrySetResult(ApplyOutcome.Applied);
                _apply = null;
                current = null;
            }
            if (_reads.Count > 0)
            {
                var answer =
                    IsOurs ? _held?.ToSnapshot()
                    : OpenedClipboard.IsEmpty ? null
                    : current ?? Read(opened);
                // The marks of what an earlier run only announced are no content.
                answer = answer is { IsCleared: true } ? null : answer;
                _reads.ForEach(read => read.Snapshot.TrySetResult(answer));
                _reads.Clear();
            }
            // Of this moment: after it is closed the next change may already be there.
            _seen = OpenedClipboard.Sequence;
            IsChanged = false;
        }
        return true;
    }

    private bool IsOurs => OpenedClipboard.Owner == window.Handle;

    /// <summary>Reads and reports what somebody else did since we looked last.</summary>
    private Snapshot? Look(OpenedClipboard opened)
    {
        if (OpenedClipboard.Sequence == _seen || IsOurs)
        {
            return null;
        }
        _held = null;
        _promised.Forget();
        if (_apply is { } late)
        {
            late.Outcome.TrySetResult(ApplyOutcome.Overtaken);
            (_apply, _offered) = (null, []);
        }
        if (OpenedClipboard.IsEmpty)
        {
            _last = null;
            report(Snapshot.Cleared);
            return null;
        }
        var snapshot = Read(opened);
        var (print, owner) = (PrintOf(snapshot), OpenedClipboard.Owner);
        // One copy changes the clipboard several times in a moment; a person copies the same again later.
        if (
            _last is not { } last
            || last.Owner != owner
            || Stopwatch.GetElapsedTime(last.At) > OneCopy
            || !last.Print.AsSpan().SequenceEqual(print)
        )
        {
            _last = (print, owner, Stopwatch.GetTimestamp());
            report(snapshot);
        }
        return snapshot;
    }

    private static Snapshot Read(OpenedClipboard opened) =>
        WindowsReading.Read(opened, SourceProgram.Of(OpenedClipboard.Owner));

    private void Put(OpenedClipboard opened, HeldContent content)
    {
        opened.TryEmpty();
        _promised.Forget();
        foreach (var offered in _offered)
        {
            if (offered.Promise is null)
            {
                opened.TrySet(offered.Format, offered.Bytes.Span);
            }
            else if (_numbers.Of(offered.Format) is not 0 and var number)
            {
                _promised.Announce(number, offered);
            }
        }
        _promised.Announced();
        _offered = [];
        Own(content);
    }

    private void Own(HeldContent? held)
    {
        _held = held;
        _last = null;
    }

    /// <summary>Somebody else has the clipboard open.</summary>
    private void HandleBusy()
    {
        var since = _waitsSince ??= Stopwatch.GetTimestamp();
        var waited = Stopwatch.GetElapsedTime(since);
        if (waited > timing.Busy)
        {
            _apply?.Outcome.TrySetResult(ApplyOutcome.Deferred);
            _reads.ForEach(read => read.Snapshot.TrySetResult(unread));
            _reads.Clear();
        }
        if (waited > timing.GiveUp && IsChanged)
        {
            // What waits is older than the copy that could not be read.
            _apply?.Outcome.TrySetResult(ApplyOutcome.Overtaken);
            (_apply, _offered) = (null, []);
            IsChanged = false;
            _seen = OpenedClipboard.Sequence;
            report(unread);
        }
    }

    /// <summary>
    /// Content stays without us, as Windows has it; a secret does not, and what nobody could paste any more leaves nothing behind.
    /// </summary>
    private void Leave()
    {
        // What is asked from here on waits for nobody who would answer it.
        _promised.Waiting = static () => { };
        var begin = Stopwatch.GetTimestamp();
        while (
            _held is not null
            && (_held.IsSecret || IsAllElsewhere(_held.Content))
            && IsOurs
            && Stopwatch.GetElapsedTime(begin) < timing.Busy
        )
        {
            if (OpenedClipboard.TryOpen(window.Handle, _numbers, out var opened))
            {
                using (opened)
                {
                    opened.TryEmpty();
                    _promised.Forget();
                    _held = null;
                }
            }
            else
            {
                ClipboardWindow.Wait(timing.RetryFirst);
            }
        }
        _apply?.Outcome.TrySetResult(ApplyOutcome.Deferred);
        _clear?.Done.TrySetResult();
        _reads.ForEach(read => read.Snapshot.TrySetResult(null));
    }

    private static bool IsAllElsewhere(ClipContent content) =>
        content.Representations.All(one => one.Promise is { IsHere: false });

    private static byte[] PrintOf(Snapshot snapshot)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (mediaType, bytes) in snapshot.Representations)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{mediaType}\0{bytes.Length}\0"));
            hash.AppendData(bytes.Span);
        }
        foreach (var omitted in snapshot.Omitted)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{omitted.MediaType}\0{omitted.Reason}\0"));
        }
        return hash.GetHashAndReset();
    }
}
