namespace Toss.Net.Links;

/// <summary>What a link begins with.</summary>
/// <param name="Generation">Numbers links.</param>
/// <param name="Run">Of this process.</param>
/// <param name="Moves">We dialled it to take the place of one that stands.</param>
internal sealed record LinkStart(ulong Generation, ulong Run, bool Moves);
