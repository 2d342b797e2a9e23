using System.Runtime.InteropServices;
using Toss.Core.Clips;

namespace Toss.Platform.Clipboards.X11;

/// <summary>Everything one owner has, read one conversion after the other: TARGETS, then what the plan wants of them.</summary>
internal sealed class IncomingRead : IContentRead
{
    private readonly XConnection _connection;
    private readonly AbandonedQuestions _abandoned;
    private readonly X11Targets _targets;
    private readonly ClipboardTiming _timing;
    private readonly nint _time;
    private readonly ReadPlan _plan;
    private IncomingConversion _conversion;
    private bool _isSourceGone;

    public IncomingRead(
        XConnection connection,
        AbandonedQuestions abandoned,
        X11Targets targets,
        nint time,
        ReadPlan plan,
        ClipboardTiming timing
    )
    {
        _plan = plan;
        _connection = connection;
        _abandoned = abandoned;
        _targets = targets;
        _timing = timing;
        _time = time;
        var names = new ReceivedContent(ReadPlan.TargetsLimit * nint.Size);
        _conversion = new(connection, abandoned, connection.Atoms.Targets, time, names, timing);
    }

    public Snapshot? Result => _plan.Result;

    public TimeSpan Deadline => _conversion.Deadline;

    public void Handle(in XSelectionEvent notify)
    {
        if (notify.Requestor == _conversion.Window)
        {
            _conversion.Handle(notify);
            Advance();
        }
    }

    public void Handle(in XPropertyEvent changed)
    {
        if (changed.Window == _conversion.Window)
        {
            _conversion.Handle(changed);
            Advance();
        }
    }

    public void HandleTimeout()
    {
        _conversion.HandleTimeout();
        Advance();
    }

    public void HandleSourceGone()
    {
        _isSourceGone = true;
        if (!_conversion.IsComplete)
        {
            _plan.GiveUp(OmittedReason.SourceGone);
        }
    }

    public void HandleRoom()
    {
        _conversion.HandleRoom();
        Advance();
    }

    public void HandOver() => _plan.HandOver();

    public void Dispose()
    {
        _conversion.Dispose();
        _plan.Dispose();
    }

    private void Advance()
    {
        if (_plan.Result is not null || _conversion.Outcome is not { } outcome)
        {
            return;
        }
        if (outcome == ConversionOutcome.TimedOut)
        {
            // An owner that let one question lie answers no other.
            _plan.GiveUp(OmittedReason.TimedOut);
            return;
        }
        if (_plan.Target is null)
        {
            _plan.Begin(Offered(outcome));
        }
        else if (outcome == ConversionOutcome.Answered && _conversion.Content.TryTakePromise(out var spooled))
        {
            _plan.Take(spooled);
        }
        else
        {
            var answer = outcome == ConversionOutcome.Answered ? _conversion.Content.ToArray() : [];
            _plan.Take(outcome, answer, _conversion.Type == Xlib.AtomString);
        }
        if (_isSourceGone)
        {
            _plan.GiveUp(OmittedReason.SourceGone);
        }
        else if (_plan.Target is { } target)
        {
            _conversion.Dispose();
            _conversion = new(_connection, _abandoned, _targets.AtomOf(target), _time, _plan.NewContent(), _timing);
        }
    }

    /// <summary>The names of the targets that mean something to us; others keep their places.</summary>
    private string[] Offered(ConversionOutcome outcome) =>
        outcome == ConversionOutcome.Answered && _conversion.Format == 32
            ? [.. MemoryMarshal.Cast<byte, nint>(_conversion.Content.ToArray()).ToArray().Select(_targets.NameOf)]
            // Owners without TARGETS are older than UTF-8, or tiny: ask for text directly.
            : [TargetFormats.Utf8String, TargetFormats.Latin1String];
}
