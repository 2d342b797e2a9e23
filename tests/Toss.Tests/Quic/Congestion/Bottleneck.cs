using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Congestion;
using Toss.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Congestion;

/// <summary>One link with a rate, a delay, a queue and random loss, in virtual time; flows that always have data cross it.</summary>
internal sealed class Bottleneck(double bitsPerSecond, TimeSpan roundTrip, long queue, double loss, int seed)
{
    public const int Datagram = 1200;

    private readonly PriorityQueue<Action, (long, long)> _events = new();
    private readonly Random _random = new(seed);
    private readonly double _rate = bitsPerSecond / 8;
    private readonly TimeSpan _delay = roundTrip / 2;
    private Instant _freeAt;
    private long _order;

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerSecond);

    public long LargestQueue { get; set; }

    public List<Flow> Flows { get; } = [];

    public Flow Add(ICongestionController controller)
    {
        var flow = new Flow(this, controller);
        Flows.Add(flow);
        return flow;
    }

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        foreach (var flow in Flows)
        {
            At(Now, flow.Send);
        }
        while (_events.TryPeek(out var action, out var when) && when.Item1 <= end.Ticks)
        {
            _events.Dequeue();
            Now = new Instant(Math.Max(when.Item1, Now.Ticks));
            action();
        }
        Now = end;
    }

    public double Utilisation(long bytes, TimeSpan time) => bytes / (_rate * time.TotalSeconds);

    private void At(Instant when, Action action) => _events.Enqueue(action, (when.Ticks, _order++));

    private void Forward(Action arrive)
    {
        if (_random.NextDouble() < loss)
        {
            return;
        }
        var start = Instant.Max(Now, _freeAt);
        var waiting = (long)((start - Now).TotalSeconds * _rate);
        if (waiting + Datagram > queue)
        {
            return;
        }
        LargestQueue = Math.Max(LargestQueue, waiting);
        _freeAt = start + TimeSpan.FromSeconds(Datagram / _rate);
        At(_freeAt + _delay, arrive);
    }

    internal sealed class Flow : IRecoverySink
    {
        private readonly Bottleneck _link;
        private readonly AckTracker _receiver = new(PacketSpace.Application, TimeSpan.FromMilliseconds(25));
        private readonly RecoveryPath _path;
        private Instant _wakeAt = Instant.Never;
        private Instant _timerAt = Instant.Never;

        public Flow(Bottleneck link, ICongestionController controller)
        {
            _link = link;
            _path = new RecoveryPath(controller, Datagram);
            Recovery = new LossDetection(true, this, _path);
            Recovery.OnHandshakeConfirmed(link.Now);
        }

        public LossDetection Recovery { get; }

        public long Delivered { get; private set; }

        public void OnAcknowledged(PacketSpace space, in FrameToken frame) { }

        public void OnPacketLost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder) { }

        public void OnLost(PacketSpace space, in FrameToken frame) { }

        public void OnProbed(PacketSpace space, in FrameToken frame) { }

        public void Send()
        {
            while (true)
            {
                var next = _path.NextSend(Datagram, _link.Now);
                if (next > _link.Now)
                {
                    _path.OnBlocked();
                    Wake(next);
                    break;
                }
                SendOne();
            }
            Arm();
        }

        private void SendOne()
        {
            var number = Recovery.NextNumber(PacketSpace.Application);
            Recovery.OnSent(PacketSpace.Application, new OutgoingPacket(0, Datagram, true, true), [], _link.Now);
            _link.Forward(() => Arrive(number));
        }

        private void Wake(Instant at)
        {
            if (at == Instant.Never || (_wakeAt > _link.Now && _wakeAt <= at && _wakeAt != Instant.Never))
            {
                return;
            }
            _wakeAt = at;
            _link.At(at, Send);
        }

        private void Arm()
        {
            var at = Recovery.Deadline;
            if (at == Instant.Never || at == _timerAt)
            {
                return;
            }
            _timerAt = at;
            _link.At(
                at,
                () =>
                {
                    if (Recovery.Deadline > _link.Now)
                    {
                        return;
                    }
                    _timerAt = Instant.Never;
                    for (var left = Recovery.OnTimeout(_link.Now).Count; left > 0; left--)
                    {
                        SendOne();
                    }
                    Send();
                }
            );
        }

        private void Arrive(long number)
        {
            Delivered += Datagram;
            _receiver.Received(number, true, EcnMark.NotEct, _link.Now);
            Acknowledge();
            if (_receiver.Deadline != Instant.Never)
            {
                _link.At(_receiver.Deadline, Acknowledge);
            }
        }

        private void Acknowledge()
        {
            if (!_receiver.MustAck(_link.Now))
            {
                return;
            }
            RangeSet.Range[] ranges = _receiver.Ranges.ToArray();
            var delay = _receiver.Delay(_link.Now);
            _receiver.OnAckSent();
            _link.At(
                _link.Now + _link._delay,
                () =>
                {
                    Assert.Equal(
                        AckVerdict.Accepted,
                        Recovery.OnAck(PacketSpace.Application, ranges, delay, null, _link.Now)
                    );
                    Send();
                }
            );
        }
    }
}
