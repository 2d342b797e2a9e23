namespace Toss.Core.Sync;

/// <summary>Which large copies are fetched when they are announced; the others when somebody pastes them.</summary>
/// <param name="Direct">Bytes that may come at once from a device that is reached directly.</param>
/// <param name="Relayed">The same through a relay.</param>
/// <param name="IsMetered">Somebody pays here for what comes: nothing comes before it is wanted.</param>
public sealed record FetchPolicy(long Direct, long Relayed, bool IsMetered)
{
    /// <param name="size">Bytes of all that is not in the envelope.</param>
    /// <param name="isDirect">Whoever has it is reached without a relay.</param>
    public bool IsAtOnce(long size, bool isDirect) => !IsMetered && size <= (isDirect ? Direct : Relayed);
}
