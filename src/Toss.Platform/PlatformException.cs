namespace Toss.Platform;

/// <summary>The operating system said no. The one exception this project throws for the world's failures.</summary>
public sealed class PlatformException(PlatformFailure failure, string message, Exception? cause = null)
    : Exception(message, cause)
{
    public PlatformFailure Failure { get; } = failure;
}

public enum PlatformFailure
{
    /// <summary>A native library is not installed, or too old.</summary>
    MissingLibrary,

    /// <summary>The display server lacks what the clipboard needs (XFIXES).</summary>
    UnsupportedDisplay,

    /// <summary>A folder that must belong to this user only does not.</summary>
    UnsafeFolder,

    /// <summary>A file could not be read or written.</summary>
    FileSystem,

    /// <summary>The configuration names a key store that this version does not have.</summary>
    UnknownKeyStore,
}
