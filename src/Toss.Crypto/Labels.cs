namespace Toss.Crypto;

/// <summary>Every label that separates one use of a key from another. A label is used for one purpose and never reused.</summary>
public static class Labels
{
    public const string DeviceId = "toss/device-id/v1";
    public const string CircleId = "toss/circle-id/v1";
    public const string Card = "toss/card/v1";
    public const string RosterStatement = "toss/roster-statement/v1";
    public const string Clip = "toss/clip/v1";
}
