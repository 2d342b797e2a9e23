using System.Runtime.InteropServices;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Sync;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// Our side of CLIPBOARD: taking it with a server timestamp (ICCCM §2.1), answering requests (§2.2), losing it (§2.3).
/// States: idle -> acquiring (waits for the timestamp) -> owning -> idle.
/// </summary>
/// <param name="wake">Ends the wait of the clipboard's thread, from any thread.</param>
internal sealed class SelectionOwner(XConnection connection, nint window, ClipboardTiming timing, Action wake)
    : IDisposable
{
    /// <summary>Bytes of a MULTIPLE request: 64 pairs.</summary>
    private const int MultipleLimit = 64 * 2 * 8;

    private readonly OutgoingTransfers _transfers = new(connection, timing, wake);
    private readonly PasteJudge _judge = new();
    private readonly Dictionary<nint, (nint Type, ServedContent Content)> _served = [];
    private bool _hasPromises;
    private HeldContent? _acquiring;
    private Action<ApplyOutcome>? _acquired;

    /// <summary>What we own the clipboard with; null if we do not.</summary>
    public HeldContent? Held { get; private set; }

    /// <summary>The server time since when we own it.</summary>
    public nint Since { get; private set; }

    /// <summary>What is on its way to the clipboard.</summary>
    public HeldContent? Acquiring => _acquiring;

    /// <summary>The server time at which we last emptied the clipboard; 0 if we never did.</summary>
    public nint ClearedAt { get; private set; }

    public TimeSpan? Deadline => _transfers.Deadline;

    public bool IsServing => !_transfers.IsEmpty;

    public void Begin(HeldContent content, Action<ApplyOutcome>? acquired)
    {
        _acquiring = content;
        _acquired = acquired;
        connection.Touch(window, connection.Atoms.Stamp);
    }

    /// <summary>The display is gone: what was being taken is left to the next connection.</summary>
    public void Abandon()
    {
        _acquiring = null;
        Acquired(ApplyOutcome.Deferred);
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (changed.Window == window)
        {
            if (changed.Atom == connection.Atoms.Stamp && _acquiring is { } content)
            {
                Acquire(content, changed.Time);
            }
            return;
        }
        _transfers.Handle(changed);
    }

    public void Handle(in XSelectionClearEvent cleared)
    {
        // One from before we took it again says nothing.
        if (cleared.Selection == connection.Atoms.Clipboard && !IsBefore(cleared.Time, Since))
        {
            Release();
        }
    }

    public void Handle(in XSelectionRequestEvent request)
    {
        // Who it is costs questions to the server: only what is promised needs to know.
        var asks = _hasPromises ? new Asking(request.Requestor, connection, _judge, timing) : null;
        // §2.2: an old requestor gives no property and means the target's name; one from before we owned it is not for us.
        var property = request.Property == 0 ? request.Target : request.Property;
        var isForUs =
            Held is not null
            && request.Selection == connection.Atoms.Clipboard
            && (request.Time == Xlib.CurrentTime || !IsBefore(request.Time, Since));
        if (
            isForUs
            && _served.TryGetValue(request.Target, out var served)
            && served.Content.Promise is { } promise
            && IsAllowed(promise, asks)
            && _transfers.TryBegin(request, property, served.Type, promise, asks?.Program)
        )
        {
            // Answered when the first piece of it is here.
            return;
        }
        var answered =
            isForUs
            && (
                request.Target == connection.Atoms.Multiple
                    ? request.Property != 0 && TryAnswerMultiple(request.Requestor, asks, request.Property)
                    : TryAnswer(request.Requestor, request.Target, property)
            );
        connection.Send(
            request.Requestor,
            new XSelectionEvent
            {
                Type = Xlib.SelectionNotify,
                Requestor = request.Requestor,
                Selection = request.Selection,
                Target = request.Target,
                Property = answered ? property : 0,
                Time = request.Time,
            }
        );
    }

    /// <summary>Something of what is promised may have come.</summary>
    public void HandlePromises() => _transfers.HandlePromises();

    /// <summary>Gives the clipboard up, with nobody after us; transfers under way go on to their end.</summary>
    public void Clear()
    {
        // The server takes the time of the last change as new enough, and nobody can have taken it before that.
        connection.SetOwner(connection.Atoms.Clipboard, 0, Since);
        ClearedAt = Since;
        Release();
    }

    public void HandleGone(nint requestor) => _transfers.HandleGone(requestor);

    public void HandleTimeout() => _transfers.HandleTimeout();

    /// <summary>The targets a clipboard manager should keep: not what would have to be fetched for it.</summary>
    public nint[] SavedTargets() =>
        [.. _served.Where(one => one.Value.Content.Promise is null or { IsHere: true }).Select(one => one.Key)];

    public void Dispose() => _transfers.Dispose();

    /// <summary>X time is 32 bits of milliseconds and wraps; the nearer direction counts.</summary>
    private static bool IsBefore(nint time, nint other) => unchecked((int)((uint)time - (uint)other)) < 0;

    private void Acquire(HeldContent content, nint time)
    {
        _acquiring = null;
        connection.SetOwner(connection.Atoms.Clipboard, window, time);
        // The server ignores us if somebody took it after our timestamp: that user's copy stays.
        var ours = connection.GetOwner(connection.Atoms.Clipboard) == window;
        if (connection.IsDead)
        {
            _acquiring = content;
            return;
        }
        Release();
        if (ours)
        {
            Since = time;
            Held = content;
            foreach (var (target, type, served) in TargetFormats.Offer(content.Content, content.Origin))
            {
                _served[connection.Intern(target)] = (connection.Intern(type), served);
            }
            _hasPromises = _served.Values.Any(served => served.Content.Promise is not null);
            _judge.Announced(timing.Now);
        }
        Acquired(ours ? ApplyOutcome.Applied : ApplyOutcome.Overtaken);
    }

    private void Acquired(ApplyOutcome outcome)
    {
        var acquired = _acquired;
        _acquired = null;
        acquired?.Invoke(outcome);
    }

    private void Release()
    {
        Held = null;
        _served.Clear();
    }

    /// <summary>What is here is for all; what would have to be fetched, for a person.</summary>
    private static bool IsAllowed(IPromise promise, Asking? asks)
    {
        if (promise.IsHere || asks is { IsPaste: true })
        {
            return true;
        }
        promise.Refused(asks?.Program, PasteRefusal.NotAPaste);
        return false;
    }

    private bool TryAnswer(nint requestor, nint target, nint property)
    {
        var atoms = connection.Atoms;
        if (target == atoms.Targets)
        {
            connection.WriteLongs(
                requestor,
                property,
                Xlib.AtomAtom,
                [atoms.Targets, atoms.Timestamp, atoms.Multiple, atoms.SaveTargets, .. _served.Keys]
            );
            return true;
        }
        if (target == atoms.Timestamp)
        {
            connection.WriteLongs(requestor, property, Xlib.AtomInteger, [Since]);
            return true;
        }
        if (target == atoms.SaveTargets)
        {
            // §2.6.3: a side effect answers with nothing of type NULL. We keep what we offer as long as we live.
            connection.WriteBytes(requestor, property, atoms.Null, []);
            return true;
        }
        if (!_served.TryGetValue(target, out var served))
        {
            return false;
        }
        if (served.Content.Promise is not null)
        {
            return false;
        }
        if (served.Content.Bytes.Length > connection.Chunk)
        {
            return _transfers.TryBegin(requestor, property, served.Type, served.Content.Bytes);
        }
        connection.WriteBytes(requestor, property, served.Type, served.Content.Bytes.Span);
        return true;
    }

    /// <summary>§2.6.2: pairs of target and property in the property; those refused get None as their property.</summary>
    private bool TryAnswerMultiple(nint requestor, Asking? asks, nint property)
    {
        using var list = connection.ReadProperty(requestor, property, MultipleLimit);
        if (list is not { Format: 32, Bytes.Count: > 0 })
        {
            return false;
        }
        var pairs = MemoryMarshal.Cast<byte, nint>(list.Bytes.AsSpan()).ToArray();
        if (pairs.Length % 2 != 0)
        {
            return false;
        }
        // No person pastes two large formats at once.
        var isForPerson = pairs.Where((_, at) => at % 2 == 0).Count(IsPromised) <= 1;
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (
                pairs[i + 1] == 0
                || pairs[i] == connection.Atoms.Multiple
                || !(
                    IsPromised(pairs[i])
                        ? isForPerson && TryAnswerPromised(requestor, asks, pairs[i], pairs[i + 1])
                        : TryAnswer(requestor, pairs[i], pairs[i + 1])
                )
            )
            {
                pairs[i + 1] = 0;
            }
        }
        connection.WriteLongs(requestor, property, connection.Atoms.AtomPair, pairs);
        return true;
    }

    private bool IsPromised(nint target) =>
        _served.TryGetValue(target, out var served) && served.Content.Promise is not null;

    private bool TryAnswerPromised(nint requestor, Asking? asks, nint target, nint property)
    {
        var (type, content) = _served[target];
        return IsAllowed(content.Promise!, asks)
            && _transfers.TryBegin(requestor, property, type, content.Promise!, asks?.Program);
    }
}
