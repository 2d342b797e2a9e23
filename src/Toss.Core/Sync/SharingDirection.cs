namespace Toss.Core.Sync;

public enum SharingDirection
{
    /// <summary>What this device sends, by who gets it.</summary>
    Out,

    /// <summary>What comes to this device, by where it was copied.</summary>
    In,
}
