using System.Runtime.InteropServices;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// Everything one owner has, read one conversion after the other: TARGETS, our origin mark and the concealment hint, then
/// each format we know in the owner's order. Ends with a <see cref="Snapshot"/> whatever the owner does.
/// </summary>
internal sealed class IncomingRead : IDisposable
{
    /// <summary>Bytes of a TARGETS answer that are looked at: some office programs offer a hundred targets, none five hundred.</summary>
    private const int TargetsLimit = 4096;

    /// <summary>Bytes of the origin mark and the hint.</summary>
    private const int MarkLimit = 256;

    private readonly XConnection _connection;
    private readonly X11Targets _targets;
    private readonly X11Timing _timing;
    private readonly nint _time;
    private readonly Queue<Wanted> _plan = new();
    private readonly List<ContentRepresentation> _read = [];
    private readonly List<OmittedFormat> _omitted = [];
    private IncomingConversion _conversion;
    private Wanted? _current;
    private ReadOnlyMemory<byte>? _origin;
    private bool _concealed;
    private long _size;

    public IncomingRead(XConnection connection, X11Targets targets, nint time, X11Timing timing)
    {
        _connection = connection;
        _targets = targets;
        _timing = timing;
        _time = time;
        _conversion = new(connection, connection.Atoms.Targets, time, TargetsLimit, timing);
    }

    /// <summary>Set when the read is over.</summary>
    public Snapshot? Result { get; private set; }

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

    /// <summary>The owner went away: what is read stays, the rest is gone.</summary>
    public void HandleSourceGone() => GiveUp(OmittedReason.SourceGone);

    public void Dispose() => _conversion.Dispose();

    private void Advance()
    {
        if (Result is not null || _conversion.Outcome is not { } outcome)
        {
            return;
        }
        if (outcome == ConversionOutcome.TimedOut)
        {
            // An owner that let one question lie answers no other.
            GiveUp(OmittedReason.TimedOut);
            return;
        }
        if (_current is { } wanted)
        {
            Take(wanted, outcome);
        }
        else
        {
            Plan(outcome);
        }
        Next();
    }

    /// <summary>Orders what is wanted by where the owner named it first.</summary>
    private void Plan(ConversionOutcome outcome)
    {
        // Owners without TARGETS are older than UTF-8, or tiny: ask for text directly.
        List<nint> offered =
            outcome == ConversionOutcome.Answered && _conversion.Format == 32
                ? [.. MemoryMarshal.Cast<byte, nint>(_conversion.Answer)]
                : [_connection.Atoms.Utf8String, Xlib.AtomString];
        foreach (var mark in (ReadOnlySpan<nint>)[_targets.Hint, _targets.Origin])
        {
            if (offered.Contains(mark))
            {
                _plan.Enqueue(new(null, [mark]));
            }
        }
        var formats = _targets
            .Readable.Select(format => new Wanted(
                format.MediaType,
                [.. format.Targets.Where(offered.Contains)],
                format
                    .Targets.Select(target => offered.IndexOf(target))
                    .Where(at => at >= 0)
                    .DefaultIfEmpty(int.MaxValue)
                    .Min()
            ))
            .Where(wanted => wanted.Targets.Length > 0)
            .OrderBy(wanted => wanted.Position)
            .ToList();
        var worthReading = MediaTypes.WithoutConversions(formats.ConvertAll(wanted => wanted.MediaType!));
        foreach (var wanted in formats.Where(wanted => worthReading.Contains(wanted.MediaType!)))
        {
            _plan.Enqueue(wanted);
        }
    }

    private void Take(Wanted wanted, ConversionOutcome outcome)
    {
        _current = null;
        if (wanted.MediaType is null)
        {
            TakeMark(wanted.Targets[0], outcome);
            return;
        }
        if (outcome == ConversionOutcome.TooLarge)
        {
            _omitted.Add(new(wanted.MediaType, OmittedReason.TooLarge));
            return;
        }
        if (
            outcome == ConversionOutcome.Answered
            && X11Formats.TryDecode(
                wanted.MediaType,
                _targets.NameOf(wanted.Targets[0]),
                _conversion.Type == Xlib.AtomString,
                _conversion.Answer,
                out var decoded
            )
        )
        {
            // Latin-1 and UTF-16 grow when they become UTF-8.
            if (decoded.Length > Room())
            {
                _omitted.Add(new(wanted.MediaType, OmittedReason.TooLarge));
                return;
            }
            _size += decoded.Length;
            _read.Add(new(wanted.MediaType, decoded));
            return;
        }
        if (wanted.Targets.Length > 1)
        {
            // The next best target for the same format, before any other format.
            _current = wanted with
            {
                Targets = wanted.Targets[1..],
            };
            return;
        }
        _omitted.Add(new(wanted.MediaType, OmittedReason.Unreadable));
    }

    private void TakeMark(nint target, ConversionOutcome outcome)
    {
        if (target == _targets.Hint)
        {
            // Offered but not readable as anything else: on the safe side, concealed.
            _concealed =
                outcome != ConversionOutcome.Answered || !_conversion.Answer.AsSpan().SequenceEqual("public"u8);
        }
        else if (outcome == ConversionOutcome.Answered)
        {
            _origin = _conversion.Answer;
        }
    }

    private void Next()
    {
        if (_current is null && !_plan.TryDequeue(out _current))
        {
            Finish();
            return;
        }
        _conversion.Dispose();
        var limit = _current.MediaType is null ? MarkLimit : Room();
        _conversion = new(_connection, _current.Targets[0], _time, limit, _timing);
    }

    private long Room() => Math.Min(Limits.Content, Limits.Clip - _size);

    private void GiveUp(OmittedReason reason)
    {
        if (Result is not null)
        {
            return;
        }
        if (_current is null && _plan.Count == 0)
        {
            // Not even TARGETS came. Text stands for whatever it was, so that status can tell that there was a copy.
            _omitted.Add(new(MediaTypes.Text, reason));
        }
        foreach (var left in _plan.Prepend(_current).Where(left => left?.MediaType is not null))
        {
            _omitted.Add(new(left!.MediaType!, reason));
        }
        Finish();
    }

    private void Finish() => Result = new(_read, _concealed, _origin, _omitted);

    /// <summary>A format (or, without media type, a mark) and the targets left to try for it.</summary>
    private sealed record Wanted(string? MediaType, nint[] Targets, int Position = 0);
}
