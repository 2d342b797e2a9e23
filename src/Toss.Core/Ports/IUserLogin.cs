namespace Toss.Core.Ports;

/// <summary>The operating system's login: whether somebody is the user that this process runs for.</summary>
public interface IUserLogin
{
    /// <summary>
    /// Asks with the password of this process's user, UTF-8; the caller wipes it afterwards. Takes seconds where a wrong one is
    /// delayed; to be called by one at a time.
    /// </summary>
    ValueTask<LoginResult> CheckAsync(ReadOnlyMemory<byte> password);
}

public readonly record struct LoginResult(LoginStatus Status, string? Reason = null);

public enum LoginStatus
{
    Passed,
    WrongPassword,

    /// <summary>The system cannot say, for the reason given: no password to ask for, a locked account, no login service.</summary>
    Unavailable,
}
