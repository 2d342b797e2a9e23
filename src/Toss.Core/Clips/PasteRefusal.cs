namespace Toss.Core.Clips;

/// <summary>Why a program that asked for promised content was not given it.</summary>
public enum PasteRefusal
{
    /// <summary>Nobody told it to ask: <see cref="Sync.PasteJudge"/>.</summary>
    NotAPaste,

    /// <summary>Its platform lets it wait no longer. What came is kept, and the rest goes on coming, for the next paste.</summary>
    TooLate,

    /// <summary>Its platform gives content in one piece, and this is more than that may be.</summary>
    TooLarge,
}
