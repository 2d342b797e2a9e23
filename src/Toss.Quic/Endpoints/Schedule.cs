using System.Diagnostics.CodeAnalysis;
using Toss.Quic.Connections;

namespace Toss.Quic.Endpoints;

/// <summary>Which connections want to send, have news, or wait for a time. Not thread-safe.</summary>
internal sealed class Schedule
{
    private readonly Queue<Connection> _sending = new();
    private readonly Queue<Connection> _changed = new();
    private readonly PriorityQueue<Connection, long> _timers = new();

    /// <summary>The connection may have events, and datagrams to send.</summary>
    public void Touch(Connection connection)
    {
        if (!connection.Scheduling.IsSending)
        {
            connection.Scheduling.IsSending = true;
            _sending.Enqueue(connection);
        }
        News(connection);
    }

    public bool HasNews => _changed.Count > 0;

    public bool TryNextChanged([NotNullWhen(true)] out Connection? connection)
    {
        if (_changed.TryDequeue(out connection))
        {
            connection.Scheduling.IsChanged = false;
            return true;
        }
        return false;
    }

    /// <summary>The connection whose turn it is to send.</summary>
    public bool TryPeekSending([NotNullWhen(true)] out Connection? connection) => _sending.TryPeek(out connection);

    /// <summary>It sent something and may have more: the others come first.</summary>
    public void Rotate()
    {
        if (_sending.Count > 1)
        {
            _sending.Enqueue(_sending.Dequeue());
        }
    }

    /// <summary>It has nothing to send now; it is called again at the time it says.</summary>
    public void Rest()
    {
        var connection = _sending.Dequeue();
        connection.Scheduling.IsSending = false;
        if (connection.HasNews)
        {
            News(connection);
        }
        SetTimer(connection);
    }

    public Instant NextTimeout()
    {
        while (_timers.TryPeek(out var connection, out var at))
        {
            if (connection.Scheduling.TimerAt.Ticks == at)
            {
                return new Instant(at);
            }
            _ = _timers.Dequeue();
        }
        return Instant.Never;
    }

    /// <summary>The next connection whose time has come.</summary>
    public bool TryNextDue(Instant now, [NotNullWhen(true)] out Connection? due)
    {
        while (NextTimeout() <= now)
        {
            due = _timers.Dequeue();
            due.Scheduling.TimerAt = Instant.Never;
            // What was due may have moved to later since.
            if (due.NextTimeout() <= now)
            {
                return true;
            }
            SetTimer(due);
        }
        due = null;
        return false;
    }

    private void News(Connection connection)
    {
        if (!connection.Scheduling.IsChanged)
        {
            connection.Scheduling.IsChanged = true;
            _changed.Enqueue(connection);
        }
    }

    // A timer that moves to later stays where it is, and looks again when it comes: most never do.
    private void SetTimer(Connection connection)
    {
        var at = connection.NextTimeout();
        if (at < connection.Scheduling.TimerAt)
        {
            connection.Scheduling.TimerAt = at;
            _timers.Enqueue(connection, at.Ticks);
        }
    }
}
