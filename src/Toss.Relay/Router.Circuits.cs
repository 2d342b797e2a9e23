using Toss.Wire;
using Reason = Toss.Wire.RelayRefused.Types.Reason;

namespace Toss.Relay.Routing;

/// <content>Datagrams between mailboxes that are both here.</content>
public sealed partial class Router
{
    private readonly CircuitDesk _circuits;

    /// <summary>What passed by circuits since the start.</summary>
    public CircuitTraffic Circuits
    {
        get
        {
            lock (_gate)
            {
                return _circuits.Traffic;
            }
        }
    }

    /// <summary>
    /// From now on datagrams for this end of a circuit go there; whoever calls knows that this cookie was sent there. False if
    /// there is no such circuit, or the proof is not that of its side.
    /// </summary>
    internal bool BindCircuit(UInt128 circuit, ReadOnlySpan<byte> cookie, ReadOnlySpan<byte> proof, CircuitWay way)
    {
        lock (_gate)
        {
            return _circuits.TryBind(circuit, cookie, proof, way, SteadyNow);
        }
    }

    /// <summary>One datagram that came by UDP.</summary>
    internal void PassDatagram(UInt128 circuit, CircuitWay from, ReadOnlySpan<byte> datagram)
    {
        CircuitPackets? leaves;
        lock (_gate)
        {
            leaves = _circuits.Pass(circuit, from, datagram, SteadyNow);
        }
        leaves?.Send();
    }

    private async ValueTask OpenCircuitAsync(Connection connection, MailboxId from, ulong request, CircuitOpen open)
    {
        if (!MailboxId.TryFrom(open.Mailbox.Span, out var to))
        {
            connection.Close(Reason.Malformed);
            return;
        }
        // The store knows the lists of those who are away: whether they are is told to nobody whom they do not list.
        if (!_rules.Circuits || !await _mailboxes.IsAllowedAsync(to, from))
        {
            Refuse(connection, request, Reason.NotAllowed);
            return;
        }
        lock (_gate)
        {
            if (!connection.Allowed.Contains(to))
            {
                Refuse(connection, request, Reason.NotAllowed);
            }
            else if (!_board.TryFind(from, out var here) || here != connection)
            {
                // Replaced in the meantime.
            }
            else if (!_board.TryFind(to, out var there) || there == connection || !there.Allowed.Contains(from))
            {
                Refuse(connection, request, Reason.Away);
            }
            else if (_circuits.TryOpen(connection, there, SteadyNow, out var end) is var (reason, retryAfter))
            {
                Refuse(connection, request, reason, retryAfter);
            }
            else if (request != 0)
            {
                connection.Send(new RelayFrame { Request = request, CircuitOpened = CircuitDesk.Write(end!) });
            }
        }
    }

    private void PassDatagrams(Connection connection, CircuitDatagrams datagrams)
    {
        bool areSome;
        CircuitPackets? leaves;
        lock (_gate)
        {
            areSome = _circuits.TryPass(connection, datagrams, SteadyNow, out leaves);
        }
        if (!areSome)
        {
            connection.Close(Reason.Malformed);
        }
        leaves?.Send();
    }

    private void CloseCircuit(Connection connection, ulong request, CircuitClose close)
    {
        lock (_gate)
        {
            _circuits.Close(connection, close.Circuit);
        }
        Accept(connection, request);
    }
}
