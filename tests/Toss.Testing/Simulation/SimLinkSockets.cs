using System.Net;
using System.Net.Sockets;
using Toss.Net.Links;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Transport.Mdns;
using Toss.Transport.Paths;

namespace Toss.Testing.Simulation;

/// <summary>The sockets of one life of a simulated device's links, and the loop that owns them.</summary>
internal sealed class SimLinkSockets(SimScheduler scheduler, SimNet net, string node, SimContext process) : ILinkSockets
{
    public ILinkLoop? Start(QuicEndpoint endpoint, NotQuicReceived notQuic, DatagramsLeave? elsewhere = null) =>
        new Loop(endpoint, notQuic, elsewhere, scheduler, net, node, process);

    /// <summary>Whoever has an address here is in a VPN by it.</summary>
    private const string VpnPrefix = "10.8.";

    internal static LanAddress LanOf(IPAddress address) =>
        new(address, address.AddressFamily == AddressFamily.InterNetworkV6 ? 64 : 24);

    private sealed class Loop : ILinkLoop, IQuicLoop
    {
        private readonly SimContext _process;
        private readonly QuicEndpoint _endpoint;
        private readonly NotQuicReceived _notQuic;
        private readonly DatagramsLeave? _elsewhere;
        private readonly SimQuicSockets _sockets;
        private readonly byte[] _buffer = new byte[1 << 16];
        private readonly int _carriers;
        private readonly Func<IReadOnlyList<IPAddress>> _addresses;
        private bool _isOver;

        public Loop(
            QuicEndpoint endpoint,
            NotQuicReceived notQuic,
            DatagramsLeave? elsewhere,
            SimScheduler scheduler,
            SimNet net,
            string node,
            SimContext process
        )
        {
            (_endpoint, _notQuic, _elsewhere, _process) = (endpoint, notQuic, elsewhere, process);
            _addresses = () => net.AddressesOf(node);
            _sockets = new SimQuicSockets(scheduler, net, process, node, Hear, OnTimer);
            foreach (var address in net.AddressesOf(node))
            {
                _sockets.Bind(new IPEndPoint(address, 0));
                _carriers++;
            }
            endpoint.Attach(this);
        }

        public IReadOnlyList<IPEndPoint> Candidates() => [.. Enumerable.Range(0, _carriers).Select(_sockets.Local)];

        public IReadOnlyList<IPEndPoint> Locals => Candidates();

        public IReadOnlyList<LocalNetwork> Networks() =>
            [
                .. _addresses()
                    .Select(static address => new LocalNetwork(
                        LanOf(address),
                        Interface: 1,
                        IsVirtual: address.ToString().StartsWith(VpnPrefix, StringComparison.Ordinal)
                    )),
            ];

        public NetworkPath? PathTo(IPEndPoint peer)
        {
            // As the system's routes do: by the socket in the peer's network, else by the first of its family.
            var carriers = Enumerable
                .Range(0, _carriers)
                .Where(carrier => _sockets.Local(carrier).AddressFamily == peer.AddressFamily)
                .OrderByDescending(carrier => LanOf(_sockets.Local(carrier).Address).Contains(peer.Address))
                .ToList();
            return carriers.Count == 0 ? null : SocketAddresses.ToPath(peer, carriers[0]);
        }

        public void Send(IPEndPoint to, byte[] datagrams, int size)
        {
            if (PathTo(to) is { } path)
            {
                TryPost(() =>
                {
                    for (var at = 0; at < datagrams.Length; at += size)
                    {
                        var datagram = datagrams.AsSpan(at, Math.Min(size, datagrams.Length - at));
                        _sockets.SendRaw(datagram, to, path.Carrier);
                    }
                });
            }
        }

        public void Deliver(NetworkPath from, byte[] datagrams, int size) =>
            TryPost(() =>
            {
                for (var at = 0; at < datagrams.Length; at += size)
                {
                    var datagram = datagrams.AsSpan(at, Math.Min(size, datagrams.Length - at));
                    _endpoint.Receive(from, datagram, EcnMark.NotEct, _sockets.Now);
                }
            });

        public bool TryPost(Action action)
        {
            if (_isOver || !_process.IsAlive)
            {
                return false;
            }
            _process.Post(
                _ =>
                {
                    if (!_isOver)
                    {
                        action();
                        Drain();
                    }
                },
                null
            );
            return true;
        }

        public ValueTask DisposeAsync()
        {
            _isOver = true;
            _sockets.Close();
            _endpoint.Abandon();
            return ValueTask.CompletedTask;
        }

        private void Drain()
        {
            while (_endpoint.TryTransmit(_buffer, _sockets.Now, out var sent))
            {
                if (sent.Path.Carrier < _carriers)
                {
                    _sockets.Send(sent, _buffer, static _ => true);
                }
                else
                {
                    _elsewhere?.Invoke(sent.Path, _buffer.AsSpan(0, sent.Length), sent.SegmentSize);
                }
            }
            _sockets.SetTimer(_endpoint.NextTimeout());
        }

        private void OnTimer()
        {
            if (!_isOver)
            {
                _endpoint.OnTimeout(_sockets.Now);
                Drain();
            }
        }

        private void Hear(in NetworkPath from, Span<byte> bytes, EcnMark ecn)
        {
            if (!_isOver)
            {
                if (_endpoint.Receive(from, bytes, ecn, _sockets.Now) == ReceiveOutcome.NotQuic)
                {
                    _notQuic(from, bytes);
                }
                Drain();
            }
        }
    }
}
