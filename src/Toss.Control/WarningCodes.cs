namespace Toss.Control;

/// <summary>Stable codes of what <see cref="StatusReport.Warnings"/> says.</summary>
public static class WarningCodes
{
    /// <summary>No key store of the desktop protects the device key.</summary>
    public const string KeyInFile = "key-in-file";

    /// <summary>Companions, no relay, and links off: nothing is shared at all.</summary>
    public const string NoRelay = "no-relay";

    /// <summary>Companions and no relay: they share while they are in one network.</summary>
    public const string NoRelayOutside = "no-relay-outside";

    /// <summary>A copy of this device's folder is in use elsewhere.</summary>
    public const string RunsTwice = "runs-twice";

    /// <summary>The same of another device.</summary>
    public const string DeviceRunsTwice = "device-runs-twice";

    public const string ClockAhead = "clock-ahead";

    public const string ClockBehind = "clock-behind";

    /// <summary>The disk did not take the last copy.</summary>
    public const string CopyNotRecorded = "copy-not-recorded";

    /// <summary>Another program carries the clipboard round in circles.</summary>
    public const string Bounces = "bounces";

    /// <summary>The disk does not take what peers send.</summary>
    public const string NotStored = "not-stored";

    /// <summary>A peer writes in a version that is not known here.</summary>
    public const string UpdateNeeded = "update-needed";

    /// <summary>Received files cannot be put into their folder.</summary>
    public const string FilesWait = "files-wait";
}
