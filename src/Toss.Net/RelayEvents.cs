using Toss.Core.Ports;
using Toss.Core.Scheduling;
using Toss.Transport.Relay;

namespace Toss.Net;

/// <summary>
/// Sorts what the connections say: envelopes, presence and state to the network, pairing messages to their meeting.
/// </summary>
internal sealed class RelayEvents(PeerNetwork network, TimeProvider time) : IRelayListener
{
    private readonly Lock _gate = new();
    private readonly List<RelayRendezvous> _meetings = [];
    private readonly List<(RelayConnection Connection, Waiter<bool> Ready)> _waiting = [];

    public void Add(RelayRendezvous meeting)
    {
        lock (_gate)
        {
            _meetings.Add(meeting);
        }
    }

    public void Remove(RelayRendezvous meeting)
    {
        lock (_gate)
        {
            _meetings.Remove(meeting);
        }
    }

    /// <summary>False if it is refused, or takes too long.</summary>
    public async Task<bool> WaitReadyAsync(RelayConnection connection, TimeSpan within, CancellationToken cancellation)
    {
        var ready = new Waiter<bool>();
        lock (_gate)
        {
            _waiting.Add((connection, ready));
        }
        try
        {
            // Registered first, looked at second: whatever happens in between is heard.
            return connection.Known.IsReady || await ready.WaitAsync(within, time, cancellation);
        }
        catch (TimeoutException)
        {
            return false;
        }
        finally
        {
            lock (_gate)
            {
                _waiting.RemoveAll(entry => entry.Ready == ready);
            }
        }
    }

    public ValueTask StateAsync(RelayConnection connection, RelayState state, RelayRefusal? refusal, string? update)
    {
        if (state is RelayState.Connected or RelayState.Refused or RelayState.Unreachable)
        {
            lock (_gate)
            {
                foreach (var (_, ready) in _waiting.Where(entry => entry.Connection == connection))
                {
                    ready.TrySet(state == RelayState.Connected);
                }
            }
        }
        return network.StateAsync(connection, state, refusal, update);
    }

    public ValueTask HandleAsync(RelayConnection connection, ulong generation, RelayEvent happened)
    {
        switch (happened)
        {
            case RelayEnvelopeArrived arrived:
                return network.Receive(connection, generation, arrived);
            case RelayPresenceChanged presence:
                network.Presence(connection, presence);
                return ValueTask.CompletedTask;
            case RelayRendezvousArrived message:
                lock (_gate)
                {
                    _meetings
                        .Find(meeting =>
                            meeting.Connection == connection && meeting.Slot.Span.SequenceEqual(message.Slot.Span)
                        )
                        ?.Hear(message);
                }
                return ValueTask.CompletedTask;
            default:
                network.Hear(connection, happened);
                return ValueTask.CompletedTask;
        }
    }

    public ValueTask LostAsync(RelayConnection connection)
    {
        lock (_gate)
        {
            foreach (var meeting in _meetings.Where(meeting => meeting.Connection == connection))
            {
                meeting.End();
            }
        }
        network.Lost(connection);
        return ValueTask.CompletedTask;
    }
}
