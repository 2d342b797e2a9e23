using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Wire;

namespace Toss.Platform.Clipboards;

/// <summary>
/// What is asked of one owner, one target after the other, and what came of it: our origin mark and the concealment hint,
/// then each format we know in the owner's order. Targets by name; no display.
/// </summary>
/// <param name="source">The program that copied, if its platform tells.</param>
/// <param name="spool">Where large content goes; null: what does not fit into memory is left out.</param>
/// <param name="wake">Ends the wait of the clipboard's thread.</param>
internal sealed class ReadPlan(string? source, IContentSpool? spool, Action wake) : IDisposable
{
    /// <summary>Names that are looked at: some office programs offer a hundred targets, none five hundred.</summary>
    public const int TargetsLimit = 512;

    /// <summary>Bytes of the origin mark and the hint.</summary>
    private const int MarkLimit = 256;

    private readonly Queue<Wanted> _plan = new();
    private List<ContentRepresentation> _read = [];
    private readonly List<OmittedFormat> _omitted = [];
    private Wanted? _current;
    private ReadOnlyMemory<byte>? _origin;
    private bool _concealed;
    private long _size;
    private long _spooled;
    private bool _hasFiles;
    private bool _isHandedOver;

    /// <summary>Set when nothing is left to ask.</summary>
    public Snapshot? Result { get; private set; }

    /// <summary>What to ask for now; null before <see cref="Begin"/> and when the read is over.</summary>
    public string? Target => _current?.Targets[0];

    /// <summary>For the answer about <see cref="Target"/>.</summary>
    public ReceivedContent NewContent() =>
        _current?.MediaType is { } mediaType
            ? new(Room(), MaySpool ? RequestOf(mediaType, _current.Targets[0]) : null)
            : new(MarkLimit);

    /// <summary>
    /// Not what is a secret, and not what a device of ours put there: nothing of either is kept here. Nor what stands beside files,
    /// which are shared in its place.
    /// </summary>
    private bool MaySpool => spool is not null && !_concealed && _origin is null && !_hasFiles;

    /// <summary>Orders what is wanted by where the owner named it first.</summary>
    public void Begin(IReadOnlyList<string> offered)
    {
        var positions = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var at = 0; at < Math.Min(offered.Count, TargetsLimit); at++)
        {
            positions.TryAdd(offered[at], at);
        }
        foreach (var mark in (ReadOnlySpan<string>)[TargetFormats.ConcealedHint, MediaTypes.Origin])
        {
            if (positions.ContainsKey(mark))
            {
                _plan.Enqueue(new(null, [mark]));
            }
        }
        var formats = TargetFormats
            .Readable.Select(format => new Wanted(
                format.MediaType,
                [.. format.Targets.Where(positions.ContainsKey)],
                format
                    .Targets.Select(target => positions.GetValueOrDefault(target, int.MaxValue))
                    .DefaultIfEmpty(int.MaxValue)
                    .Min()
            ))
            .Where(wanted => wanted.Targets.Length > 0)
            .OrderBy(wanted => wanted.Position)
            .ToList();
        _hasFiles = formats.Exists(wanted => wanted.MediaType == MediaTypes.LocalFiles);
        var worthReading = MediaTypes.WithoutConversions(formats.ConvertAll(wanted => wanted.MediaType!));
        foreach (var wanted in formats.Where(wanted => worthReading.Contains(wanted.MediaType!)))
        {
            _plan.Enqueue(wanted);
        }
        Next();
    }

    /// <summary>The answer about <see cref="Target"/>, if it was spooled: null if nothing of it is kept.</summary>
    public void Take(IPromise? spooled)
    {
        if (Result is not null || _current?.MediaType is not { } mediaType)
        {
            return;
        }
        _current = null;
        if (spooled is null)
        {
            _omitted.Add(new(mediaType, OmittedReason.TooLarge));
        }
        else
        {
            _spooled += spooled.Size ?? 0;
            _read.Add(new(mediaType, spooled));
        }
        Next();
    }

    /// <summary>The answer about <see cref="Target"/>. <paramref name="latin1"/>: its type says that it is Latin-1.</summary>
    public void Take(ConversionOutcome outcome, byte[] answer, bool latin1)
    {
        if (Result is not null || _current is not { } wanted)
        {
            return;
        }
        _current = null;
        if (wanted.MediaType is null)
        {
            TakeMark(wanted.Targets[0], outcome, answer);
        }
        else if (outcome == ConversionOutcome.TooLarge)
        {
            _omitted.Add(new(wanted.MediaType, OmittedReason.TooLarge));
        }
        else if (
            outcome == ConversionOutcome.Answered
            && TargetFormats.TryDecode(wanted.MediaType, wanted.Targets[0], latin1, answer, out var decoded)
        )
        {
            TakeContent(wanted.MediaType, decoded);
        }
        else if (wanted.Targets.Length > 1)
        {
            // The next best target for the same format, before any other format.
            _current = wanted with
            {
                Targets = wanted.Targets[1..],
            };
        }
        else if (wanted.MediaType != MediaTypes.LocalFiles)
        {
            // A list of addresses may be of files or not; of one that is not, nothing was left out.
            _omitted.Add(new(wanted.MediaType, OmittedReason.Unreadable));
        }
        Next();
    }

    /// <summary>No more answers come: what is read stays, the rest is named with this reason.</summary>
    public void GiveUp(OmittedReason reason)
    {
        if (Result is not null)
        {
            return;
        }
        if (_current is null && _plan.Count == 0)
        {
            // Not even the targets came. Text stands for whatever it was, so that status can tell that there was a copy.
            _omitted.Add(new(MediaTypes.Text, reason));
        }
        foreach (var left in _plan.Prepend(_current).Where(left => left?.MediaType is not null))
        {
            _omitted.Add(new(left!.MediaType!, reason));
        }
        Finish();
    }

    /// <summary>What was spooled is whoever's has the result from now on.</summary>
    public void HandOver() => _isHandedOver = true;

    /// <summary>What was spooled for nobody is let go of.</summary>
    public void Dispose()
    {
        if (!_isHandedOver)
        {
            _read.ForEach(one => Release(one.Promise));
        }
        _read = [];
    }

    private void Release(IPromise? promise)
    {
        if (promise is not null)
        {
            spool?.LetGo(promise);
        }
    }

    /// <summary>Null for what always has to be converted, and is small.</summary>
    private SpoolRequest? RequestOf(string mediaType, string target) =>
        mediaType is MediaTypes.Url or MediaTypes.LocalFiles or MediaTypes.Colour
        || target is TargetFormats.Latin1String or "text/plain"
            ? null
            : new SpoolRequest(
                spool!,
                source,
                Limits.Content - _spooled,
                mediaType is MediaTypes.Text or MediaTypes.Html,
                head => TargetFormats.IsKeptAsGiven(mediaType, head.Span),
                wake
            );

    private void TakeMark(string target, ConversionOutcome outcome, byte[] answer)
    {
        if (target == TargetFormats.ConcealedHint)
        {
            // Offered but not readable as anything else: on the safe side, concealed.
            _concealed = outcome != ConversionOutcome.Answered || !answer.AsSpan().SequenceEqual("public"u8);
        }
        else if (outcome == ConversionOutcome.Answered)
        {
            _origin = answer;
        }
    }

    private void TakeContent(string mediaType, byte[] decoded)
    {
        // Latin-1 and UTF-16 grow when they become UTF-8.
        if (decoded.Length > Room())
        {
            _omitted.Add(new(mediaType, OmittedReason.TooLarge));
            return;
        }
        _size += decoded.Length;
        _read.Add(new(mediaType, decoded));
    }

    private void Next()
    {
        if (_current is null && !_plan.TryDequeue(out _current))
        {
            Finish();
        }
    }

    private long Room() => Math.Min(Limits.CopiedContent, Limits.CopiedClip - _size);

    private void Finish()
    {
        _current = null;
        Result = new(_read, _concealed, _origin, _omitted, source);
    }

    /// <summary>A format (or, without media type, a mark) and the targets left to try for it.</summary>
    private sealed record Wanted(string? MediaType, string[] Targets, int Position = 0);
}

/// <summary>How one question to an owner ended.</summary>
internal enum ConversionOutcome
{
    Answered,
    Refused,
    TooLarge,
    TimedOut,
}
