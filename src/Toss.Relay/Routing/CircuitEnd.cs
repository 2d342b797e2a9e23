using Toss.Wire;

namespace Toss.Relay.Routing;

/// <summary>One side of a circuit. Behind the router's gate.</summary>
internal sealed class CircuitEnd(UInt128 id, Connection connection, MailboxId mailbox)
{
    /// <summary>Random; told to this side only.</summary>
    public UInt128 Id { get; } = id;

    public Connection Connection { get; } = connection;

    public MailboxId Mailbox { get; } = mailbox;

    /// <summary>The other side.</summary>
    public CircuitEnd Other { get; private set; } = null!;

    /// <summary>When something passed last, in either direction.</summary>
    public DateTimeOffset Used { get; private set; }

    public static void Join(CircuitEnd one, CircuitEnd other, DateTimeOffset now)
    {
        (one.Other, other.Other) = (other, one);
        one.Touch(now);
    }

    public void Touch(DateTimeOffset now) => Used = Other.Used = now;
}
