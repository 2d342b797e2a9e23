using Microsoft.Extensions.Logging;
using Toss.Control;
using Toss.Core.Ports;

namespace Toss.Agent;

/// <summary>
/// How the owner of a device that others removed keeps the history it shared with them: by passing the operating system's
/// login, which a thief of the unlocked device cannot. A few wrong tries an hour and run of the agent, whatever the system
/// itself allows.
/// </summary>
internal sealed class HistoryUnlock(AgentPorts ports, Device device, DeviceKeeper keeper)
{
    /// <summary>
    /// Wrong passwords in <see cref="Memory"/>: enough for a person, 120 a day for a thief, who has a day. Counted by this run:
    /// who restarts the agent for more is left with what the system allows, as at any of its logins.
    /// </summary>
    public const int Tries = 5;

    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ILogger _log = ports.Logs.CreateLogger<HistoryUnlock>();
    private readonly List<DateTimeOffset> _wrong = [];
    private bool _asking;

    /// <exception cref="ControlException">Nothing is locked, or the login was not passed.</exception>
    public async ValueTask KeepAsync(ReadOnlyMemory<byte> password)
    {
        var locked = HistoryLock.In(device.Record);
        if (locked.Count == 0)
        {
            throw NothingLocked();
        }
        if (ports.Login is not { } login)
        {
            throw new ControlException(
                ControlErrors.LoginUnavailable,
                "Toss cannot ask the login of this operating system yet, so the locked history cannot be kept here."
            );
        }
        Begin();
        LoginResult result;
        try
        {
            // Whoever asked may hang up: the try counts all the same, so it is waited for.
            result = await login.CheckAsync(password);
        }
        finally
        {
            _asking = false;
        }
        switch (result.Status)
        {
            case LoginStatus.Passed:
                _wrong.Clear();
                break;
            case LoginStatus.WrongPassword:
                throw new ControlException(
                    ControlErrors.WrongPassword,
                    "That is not the password of this user.",
                    "It is the one you log in to this computer with."
                );
            default:
                // Nobody looked at the password.
                _wrong.RemoveAt(_wrong.Count - 1);
                throw new ControlException(
                    ControlErrors.LoginUnavailable,
                    $"The operating system's login cannot be asked: {result.Reason}.",
                    "Toss uses the PAM service `login`; its log says more."
                );
        }
        await keeper.ChangeAsync(
            record =>
            {
                // What was erased while the login was asked is kept by nobody.
                var still = HistoryLock.In(record).Intersect(locked).ToList();
                return still.Count > 0 ? still.Aggregate(record, HistoryLock.Without) : throw NothingLocked();
            },
            CancellationToken.None
        );
        _log.HistoryKept();
    }

    private static ControlException NothingLocked() => new(ControlErrors.Empty, "No history is locked on this device.");

    /// <summary>Counts the try before it is made.</summary>
    private void Begin()
    {
        if (_asking)
        {
            throw new ControlException(ControlErrors.Busy, "Another password is being checked.", "Try again.");
        }
        _wrong.RemoveAll(tried => device.SteadyNow - tried >= Memory);
        if (_wrong.Count >= Tries)
        {
            var wait = Math.Ceiling((_wrong[0] + Memory - device.SteadyNow).TotalMinutes);
            throw new ControlException(
                ControlErrors.TooManyTries,
                $"{Tries} passwords were wrong.",
                $"Try again in {wait:0} minutes."
            );
        }
        _wrong.Add(device.SteadyNow);
        _asking = true;
    }
}
