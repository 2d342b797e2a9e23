using System.Diagnostics.CodeAnalysis;
using Toss.Wire;

namespace Toss.Relay.Routing;

/// <summary>
/// Who is connected, and who is told. Two mailboxes see each other only while each has the other on its list; so nobody
/// learns when a stranger is there, and no stranger can send presence to anybody. Not thread-safe: behind the router's
/// gate.
/// </summary>
internal sealed class PresenceBoard
{
    private readonly Dictionary<MailboxId, Connection> _online = [];

    public int Count => _online.Count;

    public bool TryFind(MailboxId mailbox, [NotNullWhen(true)] out Connection? connection) =>
        _online.TryGetValue(mailbox, out connection);

    /// <summary>Gives the connection that was there before, which is replaced.</summary>
    public Connection? Arrive(Connection connection, MailboxId mailbox)
    {
        _online.Remove(mailbox, out var replaced);
        _online.Add(mailbox, connection);
        if (replaced is null)
        {
            Tell(connection, mailbox, connection.Allowed, online: true);
        }
        return replaced;
    }

    public void ChangeAllowed(Connection connection, MailboxId mailbox, IReadOnlyList<MailboxId> allowed)
    {
        var before = new HashSet<MailboxId>(connection.Allowed);
        var after = new HashSet<MailboxId>(allowed);
        Tell(connection, mailbox, [.. connection.Allowed.Where(other => !after.Contains(other))], online: false);
        connection.Allowed = allowed;
        Tell(connection, mailbox, [.. allowed.Where(other => !before.Contains(other))], online: true);
        foreach (var other in allowed)
        {
            if (Sees(mailbox, other, out _))
            {
                connection.SendPresence(other, true);
            }
        }
    }

    /// <summary>False if another connection has taken its place already.</summary>
    public bool Leave(Connection connection, MailboxId mailbox)
    {
        if (!_online.TryGetValue(mailbox, out var current) || current != connection)
        {
            return false;
        }
        _online.Remove(mailbox);
        Tell(connection, mailbox, connection.Allowed, online: false);
        return true;
    }

    private void Tell(Connection connection, MailboxId mailbox, IReadOnlyList<MailboxId> others, bool online)
    {
        foreach (var other in others)
        {
            if (Sees(mailbox, other, out var there) && there != connection)
            {
                there.SendPresence(mailbox, online);
            }
        }
    }

    /// <summary>True if <paramref name="other"/> is connected and allows <paramref name="mailbox"/>.</summary>
    private bool Sees(MailboxId mailbox, MailboxId other, [NotNullWhen(true)] out Connection? there) =>
        _online.TryGetValue(other, out there) && there.Allowed.Contains(mailbox);
}
