using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>Stage 2: is this copy ours to share?</summary>
public static class Admission
{
    /// <summary>Decides about one snapshot. Pure, but for what the echo filter notices.</summary>
    public static AdmitResult Decide(Snapshot snapshot, AdmissionContext context)
    {
        if (context.Paused)
        {
            return AdmitResult.Refused(AdmitVerdict.Paused);
        }
        if (IsExcluded(snapshot.Source, context.Excluded))
        {
            return AdmitResult.Refused(AdmitVerdict.Excluded);
        }
        var kept = snapshot
            .Representations.Where(representation =>
                representation.Size > 0
                && representation.Size <= context.MaxContent
                && MediaTypes.IsValid(representation.MediaType)
            )
            .DistinctBy(representation => representation.MediaType)
            .Take(Limits.Representations)
            .ToList();
        if (kept.Count == 0)
        {
            var tooLarge =
                snapshot.Representations.Any(representation => representation.Size > context.MaxContent)
                || snapshot.Omitted.Any(omitted => omitted.Reason == OmittedReason.TooLarge);
            return AdmitResult.Refused(tooLarge ? AdmitVerdict.TooLarge : AdmitVerdict.Empty);
        }
        if (
            kept.All(representation =>
                representation.Promise is null
                && MediaTypes.IsText(representation.MediaType)
                && IsBlank(representation.Bytes.Span)
            )
        )
        {
            return AdmitResult.Refused(AdmitVerdict.Empty);
        }
        if (kept.Sum(representation => representation.Size) > Limits.Clip)
        {
            return AdmitResult.Refused(AdmitVerdict.TooLarge);
        }
        var isSecret =
            snapshot.Concealed
            || (context.Secrets.Detect && SecretDetector.IsSecret(kept))
            || context.Echo.IsSecret(kept, context.Now);
        if (isSecret && !(context.Secrets.Share && FitsInline(kept)))
        {
            return AdmitResult.Refused(AdmitVerdict.Concealed);
        }
        // Last, since it is the dearest: pictures that may be the same are decoded. What a person chose is nobody's echo.
        var verdict = context.ByHand ? EchoVerdict.Copy : context.Echo.Judge(snapshot, context.Now, context.ClockNow);
        return verdict switch
        {
            EchoVerdict.Echo => AdmitResult.Refused(AdmitVerdict.Echo),
            EchoVerdict.Same => AdmitResult.Refused(AdmitVerdict.Same),
            EchoVerdict.Bounce => AdmitResult.Refused(AdmitVerdict.Bounce),
            _ => new AdmitResult(
                AdmitVerdict.Admitted,
                new ClipContent(kept, isSecret ? Sensitivity.Secret : Sensitivity.Normal)
            ),
        };
    }

    /// <summary>What this program copies stays here.</summary>
    public static bool IsExcluded(string? source, IReadOnlyList<string> excluded) =>
        source is not null && excluded.Any(name => IsProgram(source, name));

    /// <summary>A secret is no blob: those are kept on disks, as sets of files are too.</summary>
    private static bool FitsInline(List<ContentRepresentation> kept) =>
        kept.TrueForAll(static representation => representation.MediaType != MediaTypes.LocalFiles)
        && Distribution.Inline(kept).All(inline => inline);

    /// <summary>
    /// By name, however it is written, with or without Windows' ending. Linux says at most 15 bytes of it.
    /// </summary>
    private static bool IsProgram(string source, string name)
    {
        var plain = source.EndsWith(".exe", StringComparison.OrdinalIgnoreCase) ? source[..^4] : source;
        return plain.Equals(name, StringComparison.OrdinalIgnoreCase)
            || (plain.Length == 15 && name.StartsWith(plain, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.Trim("\0\r\n\t\v\f "u8).IsEmpty;
}

/// <param name="Excluded">Names of programs whose copies stay here, where the platform tells who copied.</param>
/// <param name="Now">A clock that nobody sets.</param>
/// <param name="ClockNow">The wall clock.</param>
/// <param name="MaxContent">Bytes one representation may have; the user may lower it below <see cref="Limits.Content"/>.</param>
public sealed record AdmissionContext(
    bool Paused,
    EchoFilter Echo,
    SecretRules Secrets,
    IReadOnlyList<string> Excluded,
    long MaxContent,
    DateTimeOffset Now,
    DateTimeOffset ClockNow
)
{
    /// <summary>A person named this very content, and did not copy it where a program may have brought it.</summary>
    public bool ByHand { get; init; }
}

/// <param name="Share">Secrets go to other devices at all.</param>
/// <param name="Detect">What looks like a secret is one, also without its source's hint.</param>
public sealed record SecretRules(bool Share, bool Detect);

/// <summary>The content is set exactly if the verdict is <see cref="AdmitVerdict.Admitted"/>.</summary>
public sealed record AdmitResult(AdmitVerdict Verdict, ClipContent? Content)
{
    public static AdmitResult Refused(AdmitVerdict verdict) => new(verdict, null);
}

public enum AdmitVerdict
{
    Admitted,
    Paused,

    /// <summary>It comes from a program whose copies stay here.</summary>
    Excluded,

    /// <summary>A secret, and those stay here; or one that is too large to go without being stored.</summary>
    Concealed,

    /// <summary>It came from a peer, and something shows it to us as new.</summary>
    Echo,

    /// <summary>It is what was copied last.</summary>
    Same,

    /// <summary>It came from a peer again and again, changed each time.</summary>
    Bounce,
    Empty,
    TooLarge,
}
