using System.Diagnostics.CodeAnalysis;
using Toss.Quic;
using Toss.Transport.Relay;
using Toss.Wire;

namespace Toss.Net.Links;

/// <summary>
/// Circuits at relays as a carrier of links. A path over one is a number of this device's own: what a relay calls it means
/// nothing beside that relay's connection. Thread-safe.
/// </summary>
internal sealed class Circuits
{
    /// <summary>The carrier's number; sockets have small ones.</summary>
    public const int Carrier = 1 << 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<(RelayConnection Relay, UInt128 Circuit), Circuit> _circuits = [];
    private readonly Dictionary<UInt128, Circuit> _byNumber = [];
    private UInt128 _last;

    /// <summary>Gets what comes by circuits; bytes are its own from then on.</summary>
    public Action<NetworkPath, byte[], int>? Arrives { get; set; }

    /// <summary>The way to a mailbox by a circuit at this relay, opened if there is none; null if it does not come to be.</summary>
    public async ValueTask<NetworkPath?> OpenAsync(
        RelayConnection relay,
        MailboxId mailbox,
        CancellationToken cancellation
    )
    {
        var answered = await relay.AskAsync(session => session.OpenCircuit(mailbox), cancellation);
        if (answered is not { Answer: RelayAnswer.Accepted })
        {
            return null;
        }
        lock (_gate)
        {
            // It was heard of before its answer. A relay that answers otherwise has opened none.
            return _circuits.Values.FirstOrDefault(one => one.Relay == relay && one.Mailbox == mailbox)?.Path;
        }
    }

    /// <summary>Where a path leads; null for a circuit that is over.</summary>
    public Uri? RelayOf(in NetworkPath path) => TryFind(path, out var circuit) ? circuit.Relay.Relay : null;

    /// <inheritdoc cref="Quic.DatagramsLeave"/>
    public void Leave(in NetworkPath to, ReadOnlySpan<byte> datagrams, int size)
    {
        if (TryFind(to, out var circuit))
        {
            var bytes = datagrams.ToArray();
            circuit.Relay.Say(session => session.SendDatagrams(circuit.Id, size, bytes));
        }
    }

    public void Hear(RelayConnection relay, RelayCircuitOpened opened)
    {
        lock (_gate)
        {
            if (!_circuits.ContainsKey((relay, opened.Circuit)))
            {
                var circuit = new Circuit(relay, opened.Circuit, opened.Mailbox, new NetworkPath(Carrier, ++_last, 0));
                _circuits.Add((relay, opened.Circuit), circuit);
                _byNumber.Add(_last, circuit);
            }
        }
    }

    public void Hear(RelayConnection relay, RelayCircuitClosed closed)
    {
        lock (_gate)
        {
            if (_circuits.Remove((relay, closed.Circuit), out var circuit))
            {
                _byNumber.Remove(circuit.Path.Address);
            }
        }
    }

    public void Hear(RelayConnection relay, RelayDatagramsArrived arrived)
    {
        Circuit? circuit;
        lock (_gate)
        {
            circuit = _circuits.GetValueOrDefault((relay, arrived.Circuit));
        }
        if (circuit is not null)
        {
            Arrives?.Invoke(circuit.Path, arrived.Payload.ToArray(), arrived.Size);
        }
    }

    /// <summary>The connection is gone, and its circuits with it.</summary>
    public void Forget(RelayConnection relay)
    {
        lock (_gate)
        {
            foreach (var gone in _circuits.Values.Where(one => one.Relay == relay).ToList())
            {
                _circuits.Remove((relay, gone.Id));
                _byNumber.Remove(gone.Path.Address);
            }
        }
    }

    private bool TryFind(in NetworkPath path, [NotNullWhen(true)] out Circuit? circuit)
    {
        circuit = null;
        lock (_gate)
        {
            return path.Carrier == Carrier && _byNumber.TryGetValue(path.Address, out circuit);
        }
    }

    /// <param name="Id">This side's end, as the relay calls it.</param>
    private sealed record Circuit(RelayConnection Relay, UInt128 Id, MailboxId Mailbox, NetworkPath Path);
}
