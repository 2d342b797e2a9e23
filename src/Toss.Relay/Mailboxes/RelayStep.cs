namespace Toss.Relay.Mailboxes;

/// <summary>What the relay makes durable in its database; fault tests end the process before and after each.</summary>
public enum RelayStep
{
    Allow,
    Append,
    Acknowledge,
    Expire,
    MarkUsed,
}
