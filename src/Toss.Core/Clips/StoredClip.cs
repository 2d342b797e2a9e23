namespace Toss.Core.Clips;

/// <summary>A clip in this device's history.</summary>
/// <param name="Claim">Whether it may take the clipboard; a stamp too far ahead may not.</param>
/// <param name="ReceivedAt">When this device admitted or accepted it, on its own clock.</param>
public sealed record StoredClip(Clip Clip, ClipState State, bool Claim, DateTimeOffset ReceivedAt)
{
    /// <summary>Kept apart from the clip: <see cref="Ports.MarkClip"/> sets it, and inserting a clip does not.</summary>
    public ClipMark Mark { get; init; } = ClipMark.None;
}

public enum ClipState
{
    /// <summary>Every representation is here.</summary>
    Complete = 0,

    /// <summary>A blob is still to be fetched.</summary>
    Incomplete = 1,

    /// <summary>A blob cannot be had from anywhere any more.</summary>
    Lost = 2,

    /// <summary>Somebody stopped its content: it is not fetched again.</summary>
    Cancelled = 3,

    /// <summary>Its large content is fetched when somebody pastes it here, and not before.</summary>
    Offered = 4,

    /// <summary>As <see cref="Incomplete"/>, and somebody asked for it: it is fetched whatever its size and the way.</summary>
    Wanted = 5,
}
