using System.Diagnostics.CodeAnalysis;
using Toss.Wire;
using Toss.Wire.Circuits;

namespace Toss.Transport.Relay;

/// <content>
/// Circuits: docs/protocol/relay.md §8. Datagrams may be lost like any others, and are where there are too many to leave.
/// </content>
public sealed partial class RelaySession
{
    /// <summary>Bytes of datagrams that wait to leave; more would only be late.</summary>
    public const int DatagramQueue = 512 * 1024;

    private readonly Queue<RelayFrame> _datagrams = new();
    private int _datagramBytes;

    /// <summary>Whether the relay knows circuits, and lets this client open them.</summary>
    public bool HasCircuits { get; private set; }

    /// <summary>Whether their datagrams may go by <see cref="UdpPorts"/> as well.</summary>
    public bool HasCircuitsByUdp { get; private set; }

    /// <summary>
    /// Asks for a circuit to a mailbox that is there. The answer's payload is this side's end, 16 bytes; a
    /// <see cref="RelayCircuitOpened"/> comes before it.
    /// </summary>
    public ulong OpenCircuit(MailboxId to) => Request(RelayFrames.OpenCircuit(to));

    public void CloseCircuit(UInt128 circuit) => Say(RelayFrames.CloseCircuit(circuit));

    /// <summary>False if they are dropped: too many wait. The bytes stay unchanged until they left.</summary>
    /// <param name="size">Of each datagram but the last, which may be shorter.</param>
    /// <param name="payload">At most <see cref="Limits.CircuitDatagrams"/> of them: the relay hangs up on more.</param>
    public bool SendDatagrams(UInt128 circuit, int size, ReadOnlyMemory<byte> payload)
    {
        if (_phase != Phase.Ready || _datagramBytes + payload.Length > DatagramQueue)
        {
            return false;
        }
        _datagrams.Enqueue(RelayFrames.SendDatagrams(circuit, size, payload));
        _datagramBytes += payload.Length;
        return true;
    }

    /// <summary>What waits for everything else: datagrams, and then the chunks of blobs.</summary>
    private bool TryDequeueBulk([NotNullWhen(true)] out RelayFrame? next)
    {
        if (_datagrams.TryDequeue(out next))
        {
            _datagramBytes -= next.CircuitDatagrams.Payload.Length;
            return true;
        }
        return _phase == Phase.Ready && _requests.BlobsUnderWay < BlobWindow && _blobs.TryDequeue(out next);
    }

    /// <summary>False if it is none.</summary>
    private bool TryHandleOpened(ulong request, CircuitOpened opened, DateTimeOffset now)
    {
        if (
            !RelayProtocol.TryReadCircuit(opened.Circuit, out var circuit)
            || !MailboxId.TryFrom(opened.Mailbox.Span, out var mailbox)
            || !CircuitSecret.TryFrom(opened.Secret.Span, out var secret)
        )
        {
            return false;
        }
        _events.Enqueue(new RelayCircuitOpened(circuit, mailbox, secret));
        if (request != 0)
        {
            Answer(request, RelayAnswer.Accepted, null, opened.Circuit.Memory, now);
        }
        return true;
    }

    private bool TryHandleClosed(CircuitClosed closed)
    {
        if (!RelayProtocol.TryReadCircuit(closed.Circuit, out var circuit))
        {
            return false;
        }
        _events.Enqueue(new RelayCircuitClosed(circuit));
        return true;
    }

    private bool TryHandleDatagrams(CircuitDatagrams datagrams)
    {
        if (
            !RelayProtocol.TryReadCircuit(datagrams.Circuit, out var circuit)
            || datagrams.Size is 0 or > Limits.CircuitDatagram
            || datagrams.Payload.Length is 0 or > Limits.CircuitPayload
            || datagrams.Payload.Length > Limits.CircuitDatagrams * datagrams.Size
        )
        {
            return false;
        }
        _events.Enqueue(new RelayDatagramsArrived(circuit, (int)datagrams.Size, datagrams.Payload.Memory));
        return true;
    }
}
