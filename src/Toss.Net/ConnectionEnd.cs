using Toss.Core.Ports;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>How one attempt at a relay ended: what to say of it, and how long to wait.</summary>
internal sealed record ConnectionEnd(
    RelayCloseReason? Reason,
    string? Update = null,
    TimeSpan? ReconnectAfter = null,
    RelayRefusal? Refusal = null
)
{
    /// <summary>Null if there is a connection.</summary>
    public static ConnectionEnd? Of(DialOutcome dialled) =>
        dialled switch
        {
            DialOutcome.Connected => null,
            DialOutcome.Certificate => new(null, Refusal: RelayRefusal.Certificate),
            DialOutcome.NotARelay => new(null, Refusal: RelayRefusal.Other),
            _ => new(RelayCloseReason.TimedOut),
        };

    public (RelayState, RelayRefusal?) State =>
        Reason switch
        {
            RelayCloseReason.TimedOut or RelayCloseReason.Draining => (RelayState.Unreachable, null),
            RelayCloseReason.Version => (RelayState.Refused, RelayRefusal.Version),
            RelayCloseReason.Token => (RelayState.Refused, RelayRefusal.Token),
            RelayCloseReason.Replaced => (RelayState.Refused, RelayRefusal.Replaced),
            _ => (RelayState.Refused, Refusal ?? RelayRefusal.Other),
        };

    /// <summary>
    /// Null: grow from attempt to attempt. A refusal does not change within seconds, and two that replace one another
    /// would do so for ever.
    /// </summary>
    public TimeSpan? Wait =>
        ReconnectAfter
        ?? (Reason is RelayCloseReason.TimedOut or RelayCloseReason.Draining ? null : ReconnectDelay.Longest);
}
