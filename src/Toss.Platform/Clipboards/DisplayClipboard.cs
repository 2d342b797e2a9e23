using Toss.Core.Clips;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards;

/// <summary>
/// The clipboard of a display, by events. Outlives the display: when the server goes, it tries again, and offers what it
/// owned. A subclass brings the connection. The primary selection is not touched.
/// </summary>
public abstract class DisplayClipboard : ThreadedClipboard
{
    /// <summary>How much longer than its own time-outs the thread may take to stop, if the server hangs.</summary>
    private static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(2);

    private readonly ClipboardTiming _timing;
    private readonly WakeEvent _wake = new();
    private long _wakeups;

    /// <remarks>Reads are cut off by the session, never by who asked.</remarks>
    private protected DisplayClipboard(string backend, ClipboardTiming timing)
        : base(backend, Timeout.InfiniteTimeSpan, timing.HandOver + StopGrace) => _timing = timing;

    public sealed override bool TakesPromises => true;

    /// <summary>Times the thread waited for something so far; an idle clipboard adds none.</summary>
    public long Wakeups => Interlocked.Read(ref _wakeups);

    /// <summary>Null if nobody listens there. Throws if the display can never serve, or a library is missing.</summary>
    private protected abstract IDisplaySession? TryOpen(DisplaySessionSetup setup);

    private protected override void Live()
    {
        var setup = new DisplaySessionSetup(_timing, _wake, Commands, Report, Spool);
        HeldContent? lost = null;
        var pause = _timing.ReconnectFirst;
        for (var first = true; !IsStopping; first = first && State == ClipboardState.Starting)
        {
            var since = _timing.Now;
            if (TryOpenAgain(setup, first) is { } session)
            {
                using (session)
                {
                    lost = Serve(session, first, lost);
                }
                if (lost is null && !IsStopping)
                {
                    // What other programs had on it went with the display.
                    Report(Snapshot.Cleared);
                }
                // A display that ends each connection soon is not tried again without pause.
                pause = _timing.Now - since >= _timing.ReconnectMost ? _timing.ReconnectFirst : pause;
            }
            if (!IsStopping)
            {
                Become(ClipboardState.Lost);
                lost = Pause(pause, lost);
                pause = pause * 2 < _timing.ReconnectMost ? pause * 2 : _timing.ReconnectMost;
            }
        }
    }

    /// <summary>
    /// What cannot serve at the start is said, and the agent does without. Later it may be another desktop that somebody logged
    /// in to: that is waited for, like one that is not there.
    /// </summary>
    private IDisplaySession? TryOpenAgain(DisplaySessionSetup setup, bool first)
    {
        try
        {
            return TryOpen(setup);
        }
        catch (PlatformException) when (!first)
        {
            return null;
        }
    }

    /// <summary>One connection from its first to its last event; what it owned at the end, if the server took it.</summary>
    private HeldContent? Serve(IDisplaySession session, bool first, HeldContent? lost)
    {
        if (!first)
        {
            session.Resume(lost, _timing.Progress);
        }
        if (session.IsDead)
        {
            return session.Content ?? lost;
        }
        Become(session.HasClipboard ? ClipboardState.Listening : ClipboardState.Lost);
        session.Run(() =>
        {
            Interlocked.Exchange(ref _wakeups, session.Wakeups);
            Become(session.HasClipboard ? ClipboardState.Listening : ClipboardState.Lost);
            return IsStopping;
        });
        if (session.IsDead)
        {
            return session.Content;
        }
        session.HandOver();
        return null;
    }

    /// <summary>Waits for the next try, and answers meanwhile: the newest content waits for the display.</summary>
    private HeldContent? Pause(TimeSpan pause, HeldContent? lost)
    {
        var until = _timing.Now + pause;
        while (!IsStopping && _timing.Now < until)
        {
            while (Commands.TryRead(out var command))
            {
                switch (command)
                {
                    case ApplyCommand apply:
                        lost = apply.Content;
                        apply.Outcome.TrySetResult(ApplyOutcome.Deferred);
                        break;
                    case ClearCommand clear:
                        lost = lost?.IsOf(clear.Origin) == true ? null : lost;
                        clear.Done.TrySetResult();
                        break;
                    case ReadCommand read:
                        read.Snapshot.TrySetResult(null);
                        break;
                }
            }
            _wake.Wait(-1, until - _timing.Now);
        }
        return lost;
    }

    private protected override void Wake() => _wake.Set();

    private protected override void HandleEnd() => _wake.Dispose();
}
