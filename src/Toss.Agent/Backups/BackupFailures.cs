using Toss.Control;
using Toss.Crypto.Backups;

namespace Toss.Agent.Backups;

/// <summary>What is said of a backup that cannot be taken.</summary>
internal static class BackupFailures
{
    public static ControlException Of(BackupOpening opening) =>
        opening switch
        {
            BackupOpening.NotABackup => new(
                ControlErrors.NotABackup,
                "This is no backup of Toss.",
                "`toss export FILE` makes one."
            ),
            BackupOpening.LaterVersion => new(
                ControlErrors.NewerBackup,
                "A newer version of Toss made this backup.",
                "Update toss, then import it again."
            ),
            BackupOpening.WrongPassphrase => new(
                ControlErrors.WrongPassphrase,
                "That is not the passphrase of this backup.",
                "It is the one that was typed when it was made; nobody can find it out."
            ),
            BackupOpening.TooCostly => new(
                ControlErrors.NotABackup,
                "This backup asks for more memory or time than any that Toss makes.",
                "Somebody changed it, or it is none of yours."
            ),
            BackupOpening.Truncated => Truncated(),
            _ => Damaged(),
        };

    public static ControlException Truncated() =>
        new(ControlErrors.BackupCut, "This backup ends before its end.", "Copy it again from where it was made.");

    public static ControlException Damaged() =>
        new(ControlErrors.BackupDamaged, "This backup is damaged.", "Copy it again from where it was made.");

    /// <summary>What came before the failure stays.</summary>
    public static ControlException After(ControlException failure, int clips) =>
        clips == 0
            ? failure
            : new(
                failure.Code,
                $"{failure.Message} {clips} of its copies, which came before, are in history now.",
                failure.Hint
            );
}
