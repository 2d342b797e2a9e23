namespace Toss.Agent;

/// <summary>What a try to fetch a clip came to.</summary>
internal enum FetchOutcome
{
    Whole,

    /// <summary>At none of the places where it may be.</summary>
    NotYet,

    /// <summary>Somebody stopped it, at each device that has it.</summary>
    Cancelled,

    /// <summary>Other large content takes the place; it is tried again.</summary>
    Later,

    /// <summary>It is larger than all that history may hold.</summary>
    NoRoom,
}
