using Toss.Quic;
using Toss.Quic.Streams;
using Xunit;

namespace Toss.Tests.Quic.Streams;

/// <summary>Frames of a peer that keeps to nothing: errors, never exceptions, and memory within what was granted.</summary>
public sealed class HostilePeerTests
{
    private const int Window = 50_000;
    private const int Streams = 5;

    private static readonly StreamLimits Limits = new()
    {
        Data = Window,
        OwnBidirectional = Window,
        PeerBidirectional = Window,
        Unidirectional = Window,
        BidirectionalStreams = Streams,
        UnidirectionalStreams = Streams,
    };

    private static readonly long[] Edges = [0, 1, 63, 64, 4095, 4096, Window - 1, Window, 1L << 60, (1L << 62) - 1];

    [Fact]
    public void Any_frames()
    {
        var errors = new HashSet<TransportErrorCode>();
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var set = new StreamSet(isServer: seed % 2 == 0, Limits, sendCapacity: 10_000);
            set.SetPeerLimits(Limits);
            for (var step = 0; step < 400; step++)
            {
                var kind = (StreamFrameKind)random.Next(11);
                var id = random.Next(8) == 0 ? Edge(random) : random.Next(4 * (Streams + 1));
                var data = new byte[random.Next(3) == 0 ? random.Next(3000) : random.Next(3)];
                var value = random.Next(4) == 0 ? Edge(random) : random.Next(Window);
                var frame = new StreamFrame(kind, id, value, data.Length, random.Next(20) == 0, 1);
                _ = errors.Add(FrameDelivery.Deliver(set, frame, data));
                Use(set, random);
                // What the peer may be ahead, what waits to be sent, and blocks begun and ended by each stream.
                Assert.InRange(set.BytesHeld, 0, Window + (set.Count * (10_000L + (4 * BlockPool.BlockLength))));
            }
        }
        Assert.Equal([0ul, 3, 4, 5, 6, 7], errors.Select(error => (ulong)error).Order().ToArray());
    }

    private static void Use(StreamSet set, Random random)
    {
        var id = random.Next(4 * Streams);
        switch (random.Next(8))
        {
            case 0:
                _ = set.TryOpen(random.Next(2) == 0);
                break;
            case 1:
                _ = set.Write(id, new byte[random.Next(3000)], random.Next(9) == 0);
                break;
            case 2:
                _ = set.Read(id, new byte[random.Next(3000)]);
                break;
            case 3 when random.Next(5) == 0:
                set.StopSending(id, 2);
                break;
            case 4 when random.Next(5) == 0:
                set.Reset(id, 2);
                break;
            case 5:
                while (set.TryNext(1200, out var frame))
                {
                    set.CopyData(frame, new byte[frame.Length]);
                    if (random.Next(3) > 0)
                    {
                        set.OnAcked(frame);
                    }
                }
                break;
            default:
                _ = set.TryNextEvent(out _);
                break;
        }
    }

    private static long Edge(Random random) => Edges[random.Next(Edges.Length)];
}
