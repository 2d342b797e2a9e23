using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Toss.Core.Scheduling;
using Toss.Quic;
using Toss.Transport.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;

namespace Toss.Net.Links;

/// <summary>
/// Circuits at relays as a carrier of links. A path over one is a number of this device's own: what a relay calls it means
/// nothing beside that relay's connection. Datagrams go by the relay's UDP port as soon as that answers, else by its
/// connection. Thread-safe.
/// </summary>
internal sealed class Circuits(NetworkContext context) : IAsyncDisposable
{
    /// <summary>The carrier's number; sockets have small ones.</summary>
    public const int Carrier = 1 << 16;

    /// <summary>
    /// At one relay; an honest one has half as many for a mailbox. Beyond them a circuit is not heard of, and nobody answers on
    /// it.
    /// </summary>
    private const int MostAtRelay = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<(RelayConnection Relay, UInt128 Circuit), Circuit> _circuits = [];
    private readonly Dictionary<UInt128, Circuit> _byNumber = [];
    private readonly Dictionary<(UInt128 Circuit, NetworkPath Server), Circuit> _byServer = [];
    private readonly List<Task> _binding = [];
    private ILinkLoop? _loop;
    private UInt128 _last;

    /// <summary>Gets what comes by circuits; bytes are its own from then on.</summary>
    public Action<NetworkPath, byte[], int>? Arrives { get; set; }

    /// <summary>Hears of circuits that are over.</summary>
    public Action<NetworkPath>? Ends { get; set; }

    /// <summary>Whose sockets are used for UDP from now on, also by circuits that are there.</summary>
    public void Use(ILinkLoop loop)
    {
        lock (_gate)
        {
            _loop = loop;
            BindAll();
        }
    }

    /// <summary>Nobody's, if it was theirs: they are closed.</summary>
    public void Release(ILinkLoop loop)
    {
        lock (_gate)
        {
            if (_loop == loop)
            {
                _loop = null;
                BindAll();
            }
        }
    }

    /// <summary>The network may be another: what went by UDP goes by the relays' connections until their ports answer anew.</summary>
    public void Hurry()
    {
        lock (_gate)
        {
            BindAll();
        }
    }

    /// <summary>The way to a mailbox by a circuit at this relay, opened if there is none; null if it does not come to be.</summary>
    public async ValueTask<OpenCircuit?> OpenAsync(
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
            return
                answered.Payload.Length == 16
                && BinaryPrimitives.ReadUInt128BigEndian(answered.Payload.Span) is var id
                && _circuits.TryGetValue((relay, id), out var circuit)
                && circuit.Mailbox == mailbox
                ? new OpenCircuit(circuit.Path, circuit.Stop.Token)
                : null;
        }
    }

    /// <summary>Where a path leads; null for a circuit that is over.</summary>
    public Uri? RelayOf(in NetworkPath path) => TryFind(path, out var circuit) ? circuit.Relay.Relay : null;

    /// <inheritdoc cref="Quic.DatagramsLeave"/>
    public void Leave(in NetworkPath to, ReadOnlySpan<byte> datagrams, int size)
    {
        if (!TryFind(to, out var circuit))
        {
            return;
        }
        if (circuit.Udp is { Binding.IsBound: true } udp)
        {
            udp.Loop.Send(udp.Server, CircuitPacket.Carry(circuit.Id, datagrams, size), CircuitPacket.HeadSize + size);
            return;
        }
        var bytes = datagrams.ToArray();
        circuit.Relay.Say(session => session.SendDatagrams(circuit.Id, size, bytes));
    }

    /// <summary>What shares the sockets and is no QUIC. False if it is no packet of a circuit.</summary>
    public bool TryReceive(in NetworkPath from, ReadOnlySpan<byte> packet)
    {
        if (!CircuitPacket.TryRead(packet, out var kind, out var id, out var rest))
        {
            return false;
        }
        Circuit? circuit;
        lock (_gate)
        {
            circuit = _byServer.GetValueOrDefault((id, from));
            if (kind != CircuitPacketKind.Carry)
            {
                circuit?.Udp?.Binding.Handle(kind, rest, context.Clock.Now);
                circuit?.Wake.Ring();
                return true;
            }
        }
        if (circuit is not null)
        {
            Arrives?.Invoke(circuit.Path, rest.ToArray(), rest.Length);
        }
        return true;
    }

    public void Hear(RelayConnection relay, RelayCircuitOpened opened)
    {
        var hasUdp = relay.Known.HasCircuitsByUdp;
        lock (_gate)
        {
            if (
                _circuits.ContainsKey((relay, opened.Circuit))
                || _circuits.Keys.Count(key => key.Relay == relay) >= MostAtRelay
            )
            {
                return;
            }
            var path = new NetworkPath(Carrier, ++_last, 0);
            var circuit = new Circuit(relay, opened, path, new Wake(context.Time)) { HasUdp = hasUdp };
            _circuits.Add((relay, opened.Circuit), circuit);
            _byNumber.Add(_last, circuit);
            Bind(circuit);
        }
    }

    public void Hear(RelayConnection relay, RelayCircuitClosed closed)
    {
        Circuit? circuit;
        lock (_gate)
        {
            if (_circuits.TryGetValue((relay, closed.Circuit), out circuit))
            {
                Remove(circuit);
            }
        }
        End(circuit);
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
        List<Circuit> gone;
        lock (_gate)
        {
            gone = [.. _circuits.Values.Where(one => one.Relay == relay)];
            gone.ForEach(Remove);
        }
        gone.ForEach(End);
    }

    public async ValueTask DisposeAsync()
    {
        Task[] binding;
        List<Circuit> gone;
        lock (_gate)
        {
            gone = [.. _circuits.Values];
            gone.ForEach(Remove);
            binding = [.. _binding];
        }
        gone.ForEach(End);
        await Task.WhenAll(binding);
    }

    /// <summary>Behind the gate.</summary>
    private void BindAll()
    {
        foreach (var circuit in _circuits.Values)
        {
            Bind(circuit);
        }
    }

    /// <summary>Begins anew to bring a circuit to the relay's UDP port, if there are sockets for it. Behind the gate.</summary>
    private void Bind(Circuit circuit)
    {
        Unbind(circuit);
        if (_loop is { } loop && circuit.HasUdp)
        {
            var stop = circuit.Binding = new CancellationTokenSource();
            _binding.RemoveAll(static task => task.IsCompleted);
            _binding.Add(context.Run(() => BindAsync(circuit, loop, stop.Token)));
        }
    }

    /// <summary>Behind the gate.</summary>
    private void Unbind(Circuit circuit)
    {
        circuit.Binding?.Cancel();
        circuit.Binding = null;
        if (circuit.Udp is { } udp)
        {
            circuit.Udp = null;
            _byServer.Remove((circuit.Id, udp.Path));
        }
    }

    /// <summary>Keeps a circuit at the relay's UDP port, until told to stop.</summary>
    private async Task BindAsync(Circuit circuit, ILinkLoop loop, CancellationToken stop)
    {
        try
        {
            var servers = await StunServers.FindAsync(
                [(circuit.Relay.Relay, circuit.Relay.Known.UdpPorts)],
                context.Options,
                stop
            );
            if (servers.FirstOrDefault(one => loop.PathTo(one) is not null) is not { } server)
            {
                return;
            }
            var binding = new CircuitBinding(circuit.Id, circuit.Secret, context.Clock.Now);
            lock (_gate)
            {
                if (stop.IsCancellationRequested)
                {
                    return;
                }
                circuit.Udp = new UdpWay(loop, server, loop.PathTo(server)!.Value, binding);
                _byServer[(circuit.Id, circuit.Udp.Path)] = circuit;
            }
            while (true)
            {
                await circuit.Wake.WaitAsync(SendDue(binding, loop, server), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // It is over.
        }
    }

    /// <summary>Then how long to wait.</summary>
    private TimeSpan SendDue(CircuitBinding binding, ILinkLoop loop, IPEndPoint server)
    {
        lock (_gate)
        {
            var now = context.Clock.Now;
            while (binding.TryPollTransmit(now, out var packet))
            {
                loop.Send(server, packet, packet.Length);
            }
            return binding.NextTimeout - now;
        }
    }

    /// <summary>Behind the gate.</summary>
    private void Remove(Circuit circuit)
    {
        _circuits.Remove((circuit.Relay, circuit.Id));
        _byNumber.Remove(circuit.Path.Address);
        Unbind(circuit);
    }

    /// <summary>Not behind the gate: whoever waits goes on.</summary>
    private void End(Circuit? circuit)
    {
        if (circuit is not null)
        {
            circuit.Stop.Cancel();
            Ends?.Invoke(circuit.Path);
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

    private sealed record Circuit(RelayConnection Relay, RelayCircuitOpened Opened, NetworkPath Path, Wake Wake)
    {
        /// <summary>This side's end, as the relay calls it.</summary>
        public UInt128 Id => Opened.Circuit;

        public MailboxId Mailbox => Opened.Mailbox;

        public CircuitSecret Secret => Opened.Secret;

        public CancellationTokenSource Stop { get; } = new();

        /// <summary>Whether the relay takes circuits at its UDP port.</summary>
        public bool HasUdp { get; init; }

        /// <summary>Ends what brings it there.</summary>
        public CancellationTokenSource? Binding { get; set; }

        /// <summary>Set once it is known where the relay's port is.</summary>
        public UdpWay? Udp { get; set; }
    }

    /// <param name="Path">To the server, as what comes from there is seen.</param>
    private sealed record UdpWay(ILinkLoop Loop, IPEndPoint Server, NetworkPath Path, CircuitBinding Binding);
}
