using CsCheck;
using Toss.Quic;
using Toss.Quic.Congestion;
using Toss.Quic.Recovery;
using Xunit;

namespace Toss.Tests.Quic.Recovery;

public sealed class LossModelTests
{
    /// <summary>Whatever happens, in flight is what was sent and is neither acknowledged, lost nor discarded.</summary>
    [Fact]
    public void In_flight_agrees_with_a_plain_model() =>
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 2], Gen.Int[0, 30], Gen.Int[1, 60])
            .Array[0, 80]
            .Sample(
                steps =>
                {
                    var bench = new Bench();
                    var model = new SortedSet<long>[] { [], [], [] };
                    var discarded = new bool[3];
                    var now = 0.0;
                    foreach (var (kind, space, back, length) in steps)
                    {
                        now += length;
                        var next = bench.Loss.NextNumber((PacketSpace)space);
                        var (acked, lost) = (bench.Sink.Acknowledged.Count, bench.Sink.Lost.Count);
                        var affected = space;
                        if (kind <= 4 && !discarded[space])
                        {
                            bench.Send(now, space: (PacketSpace)space, eliciting: kind > 0);
                            if (kind > 0)
                            {
                                model[space].Add(next);
                            }
                        }
                        else if (kind <= 7 && next > 0)
                        {
                            var start = Math.Max(0, next - 1 - back);
                            var end = Math.Min(next, start + length);
                            bench.Ack(now, start, end, (PacketSpace)space);
                        }
                        else if (kind == 8)
                        {
                            var before = Enumerable
                                .Range(0, 3)
                                .Select(at => bench.Loss.Space((PacketSpace)at).AckElicitingInFlight)
                                .ToArray();
                            bench.Loss.OnTimeout(Bench.At(now));
                            affected = -1;
                            for (var at = 0; at < 3; at++)
                            {
                                if (bench.Loss.Space((PacketSpace)at).AckElicitingInFlight < before[at])
                                {
                                    affected = at;
                                }
                            }
                        }
                        else if (kind == 9 && space != 2)
                        {
                            bench.Loss.OnKeysDiscarded((PacketSpace)space, Bench.At(now));
                            discarded[space] = true;
                            model[space].Clear();
                        }
                        if (affected >= 0)
                        {
                            model[affected].ExceptWith(bench.Sink.Acknowledged.Skip(acked));
                            model[affected].ExceptWith(bench.Sink.Lost.Skip(lost));
                        }
                        Assert.Equal(model.Sum(set => set.Count) * Bench.Datagram, bench.Path.BytesInFlight);
                        Assert.Equal(model[space].Count, bench.Loss.Space((PacketSpace)space).AckElicitingInFlight);
                    }
                },
                seed: "0000KNy0D3C5",
                iter: 2000
            );

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_packet_costs_no_allocation(bool bbr)
    {
        ICongestionController controller = bbr ? new Bbr(Bench.Datagram, 1) : new NewReno(Bench.Datagram);
        var path = new RecoveryPath(controller, Bench.Datagram);
        var loss = new LossDetection(true, new CountingSink(), path);
        loss.OnHandshakeConfirmed(Bench.At(0));
        var receiver = new AckTracker(PacketSpace.Application, TimeSpan.FromMilliseconds(25));
        var now = Bench.At(0);
        Run(5000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(5000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run(int count)
        {
            Span<FrameToken> frames = [new FrameToken(8, 4, 0, 1100, false), new FrameToken(2, 0, 0, 0, false)];
            for (; count > 0; count--)
            {
                now += TimeSpan.FromMilliseconds(1);
                _ = path.NextSend(Bench.Datagram, now);
                var number = loss.NextNumber(PacketSpace.Application);
                loss.OnSent(
                    PacketSpace.Application,
                    new OutgoingPacket(0, 1200, true, true, path.Ecn.Mark),
                    frames,
                    now
                );
                // Every tenth is lost.
                if (number % 10 != 3)
                {
                    receiver.Received(number, true, EcnMark.Ect0, now);
                }
                if (receiver.MustAck(now))
                {
                    loss.OnAck(PacketSpace.Application, receiver.Ranges, receiver.Delay(now), receiver.Ecn, now);
                    receiver.OnAckSent();
                    receiver.OnAckAcknowledged(number - 20);
                }
                if (now >= loss.Deadline)
                {
                    loss.OnTimeout(now);
                }
            }
        }
    }

    private sealed class CountingSink : IRecoverySink
    {
        private int _count;

        public void OnAcknowledged(PacketSpace space, in FrameToken frame) => _count++;

        public void OnPacketLost(PacketSpace space, long number, bool isMtuProbe, bool isByOrder) { }

        public void OnLost(PacketSpace space, in FrameToken frame) => _count++;

        public void OnProbed(PacketSpace space, in FrameToken frame) { }
    }
}
