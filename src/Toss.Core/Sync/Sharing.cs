namespace Toss.Core.Sync;

/// <summary>How copies go one way; later is stricter.</summary>
public enum Sharing
{
    Automatic,

    /// <summary>Out: sent by hand. In: kept in history, and put on the clipboard by hand.</summary>
    Ask,
    Never,
}
