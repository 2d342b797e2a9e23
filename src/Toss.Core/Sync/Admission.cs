using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>Stage 2: is this copy ours to share?</summary>
public static class Admission
{
    /// <summary>Decides about one snapshot. Pure, but for the echo filter's forgetting.</summary>
    public static AdmitResult Decide(Snapshot snapshot, AdmissionContext context)
    {
        if (context.Paused)
        {
            return AdmitResult.Refused(AdmitVerdict.Paused);
        }
        // A password manager's hint. Sharing it at all is a choice the person has to make first.
        if (snapshot.Concealed)
        {
            return AdmitResult.Refused(AdmitVerdict.Concealed);
        }
        if (context.Echo.EchoOf(snapshot, context.Now) is not null)
        {
            return AdmitResult.Refused(AdmitVerdict.Echo);
        }
        var kept = snapshot
            .Representations.Where(representation =>
                representation.Bytes.Length > 0
                && representation.Bytes.Length <= context.MaxContent
                && MediaTypes.IsValid(representation.MediaType)
            )
            .DistinctBy(representation => representation.MediaType)
            .Take(Limits.Representations)
            .ToList();
        if (kept.Count == 0)
        {
            var tooLarge =
                snapshot.Representations.Any(representation => representation.Bytes.Length > context.MaxContent)
                || snapshot.Omitted.Any(omitted => omitted.Reason == OmittedReason.TooLarge);
            return AdmitResult.Refused(tooLarge ? AdmitVerdict.TooLarge : AdmitVerdict.Empty);
        }
        if (
            kept.All(representation =>
                MediaTypes.IsText(representation.MediaType) && IsBlank(representation.Bytes.Span)
            )
        )
        {
            return AdmitResult.Refused(AdmitVerdict.Empty);
        }
        if (kept.Sum(representation => (long)representation.Bytes.Length) > Limits.Clip)
        {
            return AdmitResult.Refused(AdmitVerdict.TooLarge);
        }
        return new AdmitResult(AdmitVerdict.Admitted, new ClipContent(kept, Sensitivity.Normal));
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.Trim("\0\r\n\t\v\f "u8).IsEmpty;
}

/// <param name="MaxContent">Bytes one representation may have; the user may lower it below <see cref="Limits.Content"/>.</param>
public sealed record AdmissionContext(bool Paused, EchoFilter Echo, long MaxContent, DateTimeOffset Now);

/// <summary>The content is set exactly if the verdict is <see cref="AdmitVerdict.Admitted"/>.</summary>
public sealed record AdmitResult(AdmitVerdict Verdict, ClipContent? Content)
{
    public static AdmitResult Refused(AdmitVerdict verdict) => new(verdict, null);
}

public enum AdmitVerdict
{
    Admitted,
    Paused,
    Concealed,
    Echo,
    Empty,
    TooLarge,
}
