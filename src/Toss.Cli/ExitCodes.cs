using Toss.Control;

namespace Toss.Cli;

/// <summary>Stable: scripts branch on them.</summary>
internal static class ExitCodes
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int NoDaemon = 3;
    public const int Refused = 4;

    /// <summary>The exit code of a <see cref="ControlErrors"/> value; one that is not known here has simply failed.</summary>
    public static int Of(string code) =>
        code switch
        {
            ControlErrors.InvalidArgument or ControlErrors.InvalidConfig => Usage,
            ControlErrors.NoDaemon => NoDaemon,
            ControlErrors.TooLarge
            or ControlErrors.NoRoom
            or ControlErrors.Paused
            or ControlErrors.ByRule
            or ControlErrors.WrongCode
            or ControlErrors.Declined
            or ControlErrors.RelayRefused
            or ControlErrors.AlreadyPaired
            or ControlErrors.CircleFull
            or ControlErrors.Busy
            or ControlErrors.HistoryLocked
            or ControlErrors.WrongPassword
            or ControlErrors.WrongPassphrase
            or ControlErrors.WeakPassphrase
            or ControlErrors.NewerBackup
            or ControlErrors.TooManyTries
            or ControlErrors.UpdateNeeded => Refused,
            _ => Failed,
        };
}
