using Toss.Wire;
using Toss.Wire.Circuits;

namespace Toss.Relay.Routing;

/// <summary>One side of a circuit. Behind the router's gate.</summary>
internal sealed class CircuitEnd(UInt128 id, CircuitSecret secret, Connection connection, MailboxId mailbox)
{
    private DateTimeOffset _wayUntil;

    /// <summary>Random; told to this side only.</summary>
    public UInt128 Id { get; } = id;

    /// <summary>Told with <see cref="Id"/>; unlike it never seen by UDP.</summary>
    public CircuitSecret Secret { get; } = secret;

    public Connection Connection { get; } = connection;

    public MailboxId Mailbox { get; } = mailbox;

    /// <summary>The other side.</summary>
    public CircuitEnd Other { get; private set; } = null!;

    /// <summary>Where this side receives by UDP; null if by its connection.</summary>
    public CircuitWay? Way { get; private set; }

    /// <summary>When something passed last, in either direction.</summary>
    public DateTimeOffset Used { get; private set; }

    public static void Join(CircuitEnd one, CircuitEnd other, DateTimeOffset now)
    {
        (one.Other, other.Other) = (other, one);
        one.Touch(now);
    }

    /// <summary>From now on, unless nothing is shown for a while.</summary>
    public void Bind(CircuitWay way, DateTimeOffset until) => (Way, _wayUntil) = (way, until);

    public void ExpireWay(DateTimeOffset now)
    {
        if (_wayUntil <= now)
        {
            Way = null;
        }
    }

    public void Touch(DateTimeOffset now) => Used = Other.Used = now;
}
