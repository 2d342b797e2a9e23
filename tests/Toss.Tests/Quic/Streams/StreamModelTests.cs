using CsCheck;
using Toss.Quic;
using Toss.Quic.Streams;
using Xunit;

namespace Toss.Tests.Quic.Streams;

/// <summary>
/// Two sets joined by a network that loses, reorders, duplicates and calls lost what arrives, against plain lists of bytes.
/// A receiver returns an error when a limit is exceeded, so no error means that the sender kept all of them.
/// </summary>
public sealed class StreamModelTests
{
    private const int Capacity = 3000;
    private const int Streams = 3;

    private static readonly StreamLimits Limits = new()
    {
        Data = 5000,
        OwnBidirectional = 2000,
        PeerBidirectional = 1500,
        Unidirectional = 900,
        BidirectionalStreams = Streams,
        UnidirectionalStreams = Streams,
    };

    [Fact]
    public void Agrees_with_plain_bytes() =>
        Gen.Int[0, int.MaxValue - 1]
            .Array[0, 700]
            .Sample(
                steps =>
                {
                    var world = new World();
                    foreach (var step in steps)
                    {
                        world.Step(step);
                    }
                    world.Settle();
                },
                iter: 2000,
                seed: "0000KNy0D3C5"
            );

    private sealed class World
    {
        private readonly Side _client = new(false);
        private readonly Side _server = new(true);

        public void Step(int number)
        {
            var (side, other) = number % 2 == 0 ? (_client, _server) : (_server, _client);
            number /= 2;
            var (what, how) = (number % 16, number / 16);
            switch (what)
            {
                case 0:
                    side.Open(how % 2 == 0);
                    break;
                case 1 or 2 or 3:
                    side.Write(how);
                    break;
                case 4 or 5:
                    side.Read(how, other);
                    break;
                case 6 when how % 8 == 0:
                    side.Give(how / 8, reset: true);
                    break;
                case 7 when how % 8 == 0:
                    side.Give(how / 8, reset: false);
                    break;
                case 8:
                    side.Prefer(how);
                    break;
                case 9 or 10 or 11:
                    _ = side.Transmit(20 + (how % 1200));
                    break;
                default:
                    side.Network(how, other);
                    break;
            }
            side.Check();
        }

        /// <summary>Without more losses everything written comes through, and all streams that ended are forgotten.</summary>
        public void Settle()
        {
            _client.EndAll();
            _server.EndAll();
            for (var round = 0; round < 10_000; round++)
            {
                var moved = Exchange(_client, _server) | Exchange(_server, _client);
                if (!moved)
                {
                    break;
                }
            }
            foreach (var (side, other) in new[] { (_client, _server), (_server, _client) })
            {
                side.AssertAllRead(other);
                Assert.Equal(0, side.Set.Count);
                Assert.Equal(0, side.Set.BytesHeld);
                Assert.Equal(Streams, side.Set.Openable(unidirectional: false));
                Assert.Equal(Streams, side.Set.Openable(unidirectional: true));
                Assert.False(side.Set.HasPending);
            }
        }

        private static bool Exchange(Side side, Side other)
        {
            var moved = side.Transmit(1200);
            moved |= side.DeliverAll(other);
            moved |= other.ReadAll(side);
            // Streams of the other side that opened meanwhile end too.
            other.EndAll();
            return moved;
        }
    }

    private sealed class Side(bool isServer)
    {
        private readonly List<(List<(StreamFrame Frame, byte[] Data)> Frames, bool WasCalledLost)> _network = [];
        private readonly Dictionary<long, List<byte>> _written = [];
        private readonly Dictionary<long, int> _read = [];
        private readonly HashSet<long> _ended = [];
        private readonly HashSet<long> _gaveUp = [];
        private readonly HashSet<long> _atEnd = [];
        private readonly List<long> _known = [];
        private byte _next;

        public StreamSet Set { get; } = CreateSet(isServer);

        public void Open(bool unidirectional)
        {
            var openable = Set.Openable(unidirectional);
            var id = Set.TryOpen(unidirectional);
            Assert.Equal(openable > 0, id >= 0);
            if (id >= 0)
            {
                _known.Add(id);
            }
        }

        public void Write(int how)
        {
            if (Pick(how, out var id) && Sends(id))
            {
                // Often the end comes alone, after the bytes were sent.
                var data = new byte[how % 14 == 0 ? 0 : how / 64 % 1500];
                for (var at = 0; at < data.Length; at++)
                {
                    data[at] = _next++;
                }
                Put(id, data, fin: how % 7 == 0);
            }
        }

        public void Read(int how, Side other)
        {
            if (Pick(how, out var id) && Receives(id))
            {
                _ = ReadOne(id, how / 64 % 2000, other);
            }
        }

        public void Give(int how, bool reset)
        {
            if (!Pick(how, out var id))
            {
                return;
            }
            if (reset && Sends(id))
            {
                Set.Reset(id, 5);
                _ = _gaveUp.Add(id);
            }
            else if (!reset && Receives(id))
            {
                Set.StopSending(id, 6);
                _ = _atEnd.Add(id);
            }
        }

        public void Prefer(int how)
        {
            if (Pick(how, out var id))
            {
                Set.SetPriority(id, how / 64 % StreamSet.Priorities);
            }
        }

        public bool Transmit(int room)
        {
            var frames = new List<(StreamFrame, byte[])>();
            while (Set.TryNext(room, out var frame))
            {
                Assert.InRange(frame.EncodedLength, 1, room);
                room -= frame.EncodedLength;
                var data = new byte[frame.Length];
                Set.CopyData(frame, data);
                frames.Add((frame, data));
            }
            if (frames.Count > 0)
            {
                _network.Add((frames, false));
            }
            return frames.Count > 0;
        }

        public void Network(int how, Side other)
        {
            if (_network.Count == 0)
            {
                return;
            }
            var at = how % _network.Count;
            var (frames, wasCalledLost) = _network[at];
            switch (how / 64 % 8)
            {
                case 0 or 1: // lost
                    _network.RemoveAt(at);
                    CallLost(frames, wasCalledLost);
                    break;
                case 2: // called lost too early
                    CallLost(frames, wasCalledLost);
                    _network[at] = (frames, true);
                    break;
                case 3: // a copy
                    other.Receive(frames, this);
                    break;
                default:
                    _network.RemoveAt(at);
                    other.Receive(frames, this);
                    // An acknowledgement that comes after all counts too.
                    frames.ForEach(frame => Set.OnAcked(frame.Frame));
                    break;
            }
        }

        public bool DeliverAll(Side other)
        {
            var moved = _network.Count > 0;
            foreach (var (frames, _) in _network)
            {
                other.Receive(frames, this);
                frames.ForEach(frame => Set.OnAcked(frame.Frame));
            }
            _network.Clear();
            TakeEvents();
            return moved;
        }

        public bool ReadAll(Side other)
        {
            var moved = false;
            foreach (var id in _known.Where(Receives))
            {
                while (!_atEnd.Contains(id) && ReadOne(id, 4000, other))
                {
                    moved = true;
                }
            }
            return moved;
        }

        public void EndAll()
        {
            foreach (var id in _known.Where(Sends))
            {
                Put(id, [], fin: true);
            }
        }

        public void AssertAllRead(Side other)
        {
            foreach (var (id, read) in _read)
            {
                if (!other._gaveUp.Contains(id) && !_atEnd.Contains(id))
                {
                    Assert.Equal(other._written[id].Count, read);
                }
            }
            foreach (var id in other._known.Where(other.Sends).Where(id => !other._gaveUp.Contains(id)))
            {
                Assert.True(_atEnd.Contains(id), $"{id} did not end");
            }
        }

        public void Check()
        {
            TakeEvents();
            // What may be held to be sent again, what the peer may have sent ahead, and the rest of a block at each end.
            var perStream = Capacity + (2 * BlockPool.BlockLength);
            Assert.InRange(
                Set.BytesHeld,
                0,
                Limits.Data + (Set.Count * (long)(perStream + (2 * BlockPool.BlockLength)))
            );
        }

        private static StreamSet CreateSet(bool isServer)
        {
            var set = new StreamSet(isServer, Limits, Capacity);
            set.SetPeerLimits(Limits);
            return set;
        }

        private void Put(long id, byte[] data, bool fin)
        {
            var taken = Set.Write(id, data, fin);
            if (taken < 0)
            {
                return;
            }
            Assert.False(_ended.Contains(id) || _gaveUp.Contains(id));
            Written(id).AddRange(data[..taken]);
            if (fin && taken == data.Length)
            {
                _ = _ended.Add(id);
            }
        }

        private bool ReadOne(long id, int length, Side other)
        {
            var into = new byte[length];
            var read = Set.Read(id, into);
            var before = _read.GetValueOrDefault(id);
            var sent = other.Written(id);
            Assert.True(read.Length <= sent.Count - before, "more was read than written");
            Assert.True(
                sent.Skip(before).Take(read.Length).SequenceEqual(into[..read.Length]),
                "other bytes were read"
            );
            _read[id] = before + read.Length;
            if (!read.IsEnd || !_atEnd.Add(id))
            {
                return read.Length > 0;
            }
            if (read.IsReset)
            {
                Assert.Contains(id, other._gaveUp);
                Assert.Contains(read.Code, new long[] { 5, 6 });
            }
            else
            {
                Assert.True(other._ended.Contains(id) && before + read.Length == sent.Count, "an early end");
            }
            return true;
        }

        private void Receive(List<(StreamFrame Frame, byte[] Data)> frames, Side from)
        {
            foreach (var (frame, data) in frames)
            {
                Assert.Equal(TransportErrorCode.NoError, FrameDelivery.Deliver(Set, frame, data));
            }
            TakeEvents();
            from.TakeEvents();
        }

        private void TakeEvents()
        {
            while (Set.TryNextEvent(out var next))
            {
                Assert.NotEqual(StreamEvents.None, next.Events);
                if (next.Events.HasFlag(StreamEvents.Opened))
                {
                    _known.Add(next.Id);
                }
                if (next.Events.HasFlag(StreamEvents.Stopped))
                {
                    Assert.Equal(6, next.StopCode);
                    _ = _gaveUp.Add(next.Id);
                }
            }
        }

        private void CallLost(List<(StreamFrame Frame, byte[] Data)> frames, bool wasCalledLost)
        {
            if (!wasCalledLost)
            {
                frames.ForEach(frame => Set.OnLost(frame.Frame));
            }
        }

        private List<byte> Written(long id)
        {
            if (!_written.TryGetValue(id, out var bytes))
            {
                _written[id] = bytes = [];
            }
            return bytes;
        }

        private bool Pick(int how, out long id)
        {
            id = _known.Count == 0 ? -1 : _known[^(1 + (how % Math.Min(_known.Count, 12)))];
            return id >= 0;
        }

        private bool Sends(long id) => !StreamId.IsUnidirectional(id) || StreamId.IsOfServer(id) == isServer;

        private bool Receives(long id) => !StreamId.IsUnidirectional(id) || StreamId.IsOfServer(id) != isServer;
    }
}
