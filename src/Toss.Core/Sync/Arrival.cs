using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>Stage 11: what becomes of a clip that came in. Newest wins, duplicates are dropped.</summary>
public static class Arrival
{
    public static ArrivalDecision Decide(ArrivalContext context)
    {
        var clip = context.Clip;
        if (!context.OriginIsMember)
        {
            return ArrivalDecision.Refuse(
                context.OriginIsRevoked ? RefusalReason.RevokedOrigin : RefusalReason.NotAMember
            );
        }
        if (context.IsDeleted)
        {
            return ArrivalDecision.Refuse(RefusalReason.Deleted);
        }
        if (context.AlreadyKnown)
        {
            return new ArrivalDecision(ArrivalVerdict.Duplicate, Claim: false, RefusalReason.None);
        }
        if (context.Rule == Sharing.Never)
        {
            return ArrivalDecision.Refuse(RefusalReason.NotWanted);
        }
        if (context.IsTooLarge)
        {
            return ArrivalDecision.Refuse(RefusalReason.TooLarge);
        }
        if (context.Rule == Sharing.Ask)
        {
            // History only, until somebody here puts it on the clipboard.
            return new ArrivalDecision(ArrivalVerdict.Keep, Claim: false, RefusalReason.None);
        }
        if (clip.Files is { Sent: true })
        {
            // Into a folder, and on no clipboard.
            return new ArrivalDecision(ArrivalVerdict.Keep, Claim: false, RefusalReason.None);
        }
        // A stamp from the future is history only: it must not hold every clipboard until then.
        var claim = StampClock.IsPlausible(clip.Stamp, context.CircleNow);
        var newest = claim && (context.NewestClaim is not { } current || clip.Stamp > current);
        var apply = newest && !context.Paused;
        return new ArrivalDecision(apply ? ArrivalVerdict.Apply : ArrivalVerdict.Keep, claim, RefusalReason.None);
    }
}

/// <param name="NewestClaim">The greatest stamp that claims the clipboard here.</param>
/// <param name="IsDeleted">Somebody deleted it, here or everywhere.</param>
/// <param name="Rule">What this device's rules say of such clips of its origin.</param>
public sealed record ArrivalContext(
    Clip Clip,
    bool OriginIsMember,
    bool OriginIsRevoked,
    bool AlreadyKnown,
    ClipStamp? NewestClaim,
    bool Paused,
    DateTimeOffset CircleNow,
    Sharing Rule = Sharing.Automatic,
    bool IsTooLarge = false,
    bool IsDeleted = false
);

/// <param name="Claim">Whether the clip may take the clipboard at all.</param>
public sealed record ArrivalDecision(ArrivalVerdict Verdict, bool Claim, RefusalReason Reason)
{
    public static ArrivalDecision Refuse(RefusalReason reason) => new(ArrivalVerdict.Refuse, false, reason);
}

public enum ArrivalVerdict
{
    /// <summary>Into history and onto the clipboard.</summary>
    Apply,

    /// <summary>Into history only.</summary>
    Keep,

    /// <summary>It is here already; its receipt is repeated.</summary>
    Duplicate,
    Refuse,
}
