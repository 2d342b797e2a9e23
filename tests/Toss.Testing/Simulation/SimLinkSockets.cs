using System.Net;
using Toss.Net.Links;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Testing.Simulation;

/// <summary>The sockets of one life of a simulated device's links, and the loop that owns them.</summary>
internal sealed class SimLinkSockets(SimScheduler scheduler, SimNet net, string node, SimContext process) : ILinkSockets
{
    public ILinkLoop? Start(QuicEndpoint endpoint, NotQuicReceived notQuic, DatagramsLeave? elsewhere = null) =>
        new Loop(endpoint, notQuic, elsewhere, scheduler, net, node, process);

    private sealed class Loop : ILinkLoop, IQuicLoop
    {
        private readonly SimContext _process;
        private readonly QuicEndpoint _endpoint;
        private readonly NotQuicReceived _notQuic;
        private readonly DatagramsLeave? _elsewhere;
        private readonly SimQuicSockets _sockets;
        private readonly byte[] _buffer = new byte[1 << 16];
        private readonly int _carriers;
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

        public NetworkPath? PathTo(IPEndPoint peer)
        {
            for (var carrier = 0; carrier < _carriers; carrier++)
            {
                if (_sockets.Local(carrier).AddressFamily == peer.AddressFamily)
                {
                    return SocketAddresses.ToPath(peer, carrier);
                }
            }
            return null;
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
