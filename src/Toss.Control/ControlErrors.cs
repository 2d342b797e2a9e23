namespace Toss.Control;

/// <summary>Stable error codes of the control API. The CLI maps them to exit codes: 0 done, 1 failed, 2 usage, 3 no daemon, 4 refused.</summary>
public static class ControlErrors
{
    /// <summary>Exit 3.</summary>
    public const string NoDaemon = "no-daemon";

    /// <summary>Exit 2.</summary>
    public const string InvalidArgument = "invalid-argument";

    /// <summary>Exit 2.</summary>
    public const string InvalidConfig = "invalid-config";

    /// <summary>Exit 1.</summary>
    public const string NoSuchDevice = "no-such-device";

    /// <summary>Exit 1.</summary>
    public const string NoSuchClip = "no-such-clip";

    /// <summary>Exit 1.</summary>
    public const string NoClipboard = "no-clipboard";

    /// <summary>Exit 1: nothing of that type, or nothing in time.</summary>
    public const string Empty = "empty";

    /// <summary>Exit 4.</summary>
    public const string TooLarge = "too-large";

    /// <summary>Exit 4: pinned copies would take more than half of what history may.</summary>
    public const string NoRoom = "no-room";

    /// <summary>Exit 4.</summary>
    public const string Paused = "paused";

    /// <summary>Exit 4: a rule of this device, or of the one where it was copied, keeps it.</summary>
    public const string ByRule = "by-rule";

    /// <summary>Exit 4: three wrong codes, or the wrong one.</summary>
    public const string WrongCode = "wrong-code";

    /// <summary>Exit 4.</summary>
    public const string Declined = "declined";

    /// <summary>Exit 1.</summary>
    public const string Expired = "expired";

    /// <summary>Exit 1.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>Exit 1: the device is not reached directly.</summary>
    public const string NoLink = "no-link";

    /// <summary>Exit 1.</summary>
    public const string NoRelay = "no-relay";

    /// <summary>Exit 1.</summary>
    public const string RelayUnreachable = "relay-unreachable";

    /// <summary>Exit 4.</summary>
    public const string RelayRefused = "relay-refused";

    /// <summary>Exit 4: this device has companions; it must leave first.</summary>
    public const string AlreadyPaired = "already-paired";

    /// <summary>Exit 4: the circle, or this device, has added as many devices as it ever may.</summary>
    public const string CircleFull = "circle-full";

    /// <summary>Exit 4.</summary>
    public const string Busy = "busy";

    /// <summary>Exit 4.</summary>
    public const string UpdateNeeded = "update-needed";

    /// <summary>Exit 1: full or read-only disk, damaged store.</summary>
    public const string Storage = "storage";

    /// <summary>Exit 4: this device was removed from its circle; what they shared is locked.</summary>
    public const string HistoryLocked = "history-locked";

    /// <summary>Exit 4: not the password of this user.</summary>
    public const string WrongPassword = "wrong-password";

    /// <summary>Exit 4: as many wrong ones as an hour allows.</summary>
    public const string TooManyTries = "too-many-tries";

    /// <summary>Exit 1: the operating system's login cannot be asked.</summary>
    public const string LoginUnavailable = "login-unavailable";

    /// <summary>Exit 4: not the passphrase of this backup.</summary>
    public const string WrongPassphrase = "wrong-passphrase";

    /// <summary>Exit 4: shorter than a backup's passphrase has to be, or longer than one can be.</summary>
    public const string WeakPassphrase = "weak-passphrase";

    /// <summary>Exit 1: something else, and no backup.</summary>
    public const string NotABackup = "not-a-backup";

    /// <summary>Exit 4: a newer version of Toss made it.</summary>
    public const string NewerBackup = "newer-backup";

    /// <summary>Exit 1: a backup that ends before its end.</summary>
    public const string BackupCut = "backup-cut";

    /// <summary>Exit 1.</summary>
    public const string BackupDamaged = "backup-damaged";

    /// <summary>Exit 1: locked, lost or unusable; never a reason for a new identity.</summary>
    public const string KeyStore = "key-store";

    /// <summary>Exit 1.</summary>
    public const string Internal = "internal";
}
