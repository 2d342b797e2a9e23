namespace Toss.Tests.Real.Storage;

internal static class Modes
{
    public const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode OwnerDirectory = OwnerFile | UnixFileMode.UserExecute;
}
