using Toss.Quic;
using Toss.Quic.Streams;
using Xunit;

namespace Toss.Tests.Quic.Streams;

public sealed class StreamSetTests
{
    // Ids: bit 0 the server's, bit 1 unidirectional.
    private const long ClientBidirectional = 0;
    private const long ServerBidirectional = 1;
    private const long ClientUnidirectional = 2;
    private const long ServerUnidirectional = 3;
    private const int Capacity = 100_000;

    private static readonly StreamLimits Limits = new()
    {
        Data = 1000,
        OwnBidirectional = 400,
        PeerBidirectional = 500,
        Unidirectional = 600,
        BidirectionalStreams = 4,
        UnidirectionalStreams = 4,
    };

    private readonly StreamSet _client = Create(isServer: false);
    private readonly StreamSet _server = Create(isServer: true);

    /// <summary>RFC 9000 §16: it would not fit its frame.</summary>
    [Fact]
    public void An_application_code_beyond_62_bits_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _client.Reset(0, 1L << 62));
        Assert.Throws<ArgumentOutOfRangeException>(() => _client.StopSending(0, 1L << 62));
        _client.Reset(0, (1L << 62) - 1);
    }

    [Fact]
    public void Ids_follow_one_another_up_to_the_limit()
    {
        Assert.Equal([0, 4, 8, 12, -1], Enumerable.Range(0, 5).Select(_ => _client.TryOpen(false)));
        Assert.Equal([3, 7, 11, 15, -1], Enumerable.Range(0, 5).Select(_ => _server.TryOpen(true)));
        Assert.Equal([new(StreamFrameKind.StreamsBlockedBidirectional, 0, 4)], Frames(_client));
        Assert.Equal([new(StreamFrameKind.StreamsBlockedUnidirectional, 0, 4)], Frames(_server));
        Assert.Equal(-1, _client.TryOpen(false));
        Assert.Empty(Frames(_client));
        Assert.Equal(TransportErrorCode.NoError, _client.OnMaxStreams(unidirectional: false, 5));
        Assert.Equal(TransportErrorCode.NoError, _client.OnMaxStreams(unidirectional: false, 3));
        Assert.Equal(16, _client.TryOpen(false));
        Assert.Equal(-1, _client.TryOpen(false));
        Assert.Equal([new(StreamFrameKind.StreamsBlockedBidirectional, 0, 5)], Frames(_client));
    }

    [Fact]
    public void A_frame_opens_all_streams_before_its_own()
    {
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(8, 0, [1], fin: false));
        Assert.Equal(
            [
                new StreamEvent(0, StreamEvents.Opened, 0, 0),
                new StreamEvent(4, StreamEvents.Opened, 0, 0),
                new StreamEvent(8, StreamEvents.Opened | StreamEvents.Readable, 0, 0),
            ],
            Events(_server)
        );
        Assert.Equal(TransportErrorCode.NoError, _server.OnMaxStreamData(12, 1));
        Assert.Equal(4, _server.Count);
    }

    [Fact]
    public void Streams_beyond_the_limit()
    {
        Assert.Equal(TransportErrorCode.StreamLimitError, _server.OnStream(16, 0, [], fin: false));
        Assert.Equal(TransportErrorCode.StreamLimitError, _server.OnStopSending(16, 0));
        Assert.Equal(TransportErrorCode.StreamLimitError, _server.OnResetStream(18, 0, 0));
        Assert.Equal(0, _server.Count);
        Assert.Equal(TransportErrorCode.FrameEncodingError, _server.OnMaxStreams(false, (1L << 60) + 1));
        Assert.Equal(TransportErrorCode.FrameEncodingError, StreamSet.OnStreamsBlocked((1L << 60) + 1));
    }

    [Fact]
    public void Frames_for_a_part_that_is_not_there()
    {
        Assert.Equal(ClientUnidirectional, _client.TryOpen(true));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnStream(ClientUnidirectional, 0, [], fin: false));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnResetStream(ClientUnidirectional, 0, 0));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnStreamDataBlocked(ClientUnidirectional));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnStopSending(ServerUnidirectional, 0));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnMaxStreamData(ServerUnidirectional, 9));
        // Ours, but not opened.
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnStream(ClientBidirectional, 0, [], fin: false));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnStopSending(ClientBidirectional, 0));
        Assert.Equal(TransportErrorCode.StreamStateError, _client.OnMaxStreamData(ClientUnidirectional + 4, 9));
    }

    [Fact]
    public void Bytes_beyond_a_limit()
    {
        var data = new byte[1001];
        Assert.Equal(
            TransportErrorCode.FlowControlError,
            _server.OnStream(ClientBidirectional, 0, data[..501], fin: false)
        );
        Assert.Equal(TransportErrorCode.FlowControlError, _server.OnStream(ClientBidirectional, 500, [1], fin: false));
        Assert.Equal(TransportErrorCode.FlowControlError, _server.OnResetStream(ClientUnidirectional, 0, 601));
        Assert.Equal(
            TransportErrorCode.FrameEncodingError,
            _server.OnStream(ClientUnidirectional, (1L << 62) - 1, [1], false)
        );
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientBidirectional, 499, [1], fin: false));
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientUnidirectional, 0, data[..500], fin: false));
        // The connection's 1,000 are used up by the highest offsets.
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientBidirectional, 0, data[..499], fin: false));
        Assert.Equal(TransportErrorCode.FlowControlError, _server.OnStream(4, 0, [1], fin: false));
        Assert.Equal(TransportErrorCode.FlowControlError, _server.OnResetStream(4, 0, 1));
    }

    [Fact]
    public void Final_sizes()
    {
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientBidirectional, 5, [1, 2], fin: false));
        Assert.Equal(TransportErrorCode.FinalSizeError, _server.OnStream(ClientBidirectional, 0, [1], fin: true));
        Assert.Equal(TransportErrorCode.FinalSizeError, _server.OnResetStream(ClientBidirectional, 0, 6));
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientBidirectional, 8, [], fin: true));
        Assert.Equal(TransportErrorCode.FinalSizeError, _server.OnStream(ClientBidirectional, 8, [1], fin: false));
        Assert.Equal(TransportErrorCode.FinalSizeError, _server.OnResetStream(ClientBidirectional, 0, 9));
        Assert.Equal(TransportErrorCode.NoError, _server.OnResetStream(ClientBidirectional, 7, 8));
        Assert.Equal(new StreamRead(0, IsEnd: true, IsReset: true, 7), _server.Read(ClientBidirectional, new byte[9]));
    }

    [Fact]
    public void More_is_granted_at_half_a_window_and_again_when_lost()
    {
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientUnidirectional, 0, new byte[600], fin: false));
        _ = _server.Read(ClientUnidirectional, new byte[299]);
        Assert.Empty(Frames(_server));
        _ = _server.Read(ClientUnidirectional, new byte[1]);
        var update = new StreamFrame(StreamFrameKind.MaxStreamData, ClientUnidirectional, 900);
        Assert.Equal([update], Frames(_server));
        _ = _server.Read(ClientUnidirectional, new byte[200]);
        var all = new StreamFrame(StreamFrameKind.MaxData, 0, 1500);
        Assert.Equal([all], Frames(_server));
        _server.OnLost(update);
        _server.OnLost(all);
        // What was granted since is told at once.
        Assert.Equal([all, update with { Value = 1100 }], Frames(_server));
        _server.OnLost(update);
        Assert.Empty(Frames(_server));
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(ClientUnidirectional, 600, [], fin: true));
        _server.OnLost(update with { Value = 1100 });
        Assert.Empty(Frames(_server));
    }

    [Fact]
    public void Blocked_is_said_once_for_each_limit()
    {
        var id = _client.TryOpen(true);
        Assert.Equal(2000, _client.Write(id, new byte[2000], fin: true));
        var blocked = new StreamFrame(StreamFrameKind.StreamDataBlocked, id, 600);
        Assert.Equal([new(StreamFrameKind.Stream, id, 0, 600), blocked], Frames(_client));
        Assert.Equal(TransportErrorCode.NoError, _client.OnMaxStreamData(id, 500));
        Assert.Empty(Frames(_client));
        _client.OnLost(blocked);
        Assert.Equal([blocked], Frames(_client));
        Assert.Equal(TransportErrorCode.NoError, _client.OnMaxStreamData(id, 3000));
        _client.OnLost(blocked);
        var all = new StreamFrame(StreamFrameKind.DataBlocked, 0, 1000);
        Assert.Equal([new(StreamFrameKind.Stream, id, 600, 400), all], Frames(_client));
        _client.OnLost(all);
        Assert.Equal([all], Frames(_client));
        // Lost bytes need no credit.
        _client.OnLost(new StreamFrame(StreamFrameKind.Stream, id, 600, 400));
        Assert.Equal([new(StreamFrameKind.Stream, id, 600, 400)], Frames(_client));
        _client.OnMaxData(5000);
        _client.OnLost(all);
        Assert.Equal([new(StreamFrameKind.Stream, id, 1000, 1000, Fin: true)], Frames(_client));
    }

    [Fact]
    public void A_reset_gives_its_credit_back()
    {
        var id = _client.TryOpen(true);
        _ = _client.Write(id, new byte[500], fin: false);
        Assert.Single(Frames(_client));
        _client.Reset(id, 77);
        var reset = new StreamFrame(StreamFrameKind.ResetStream, id, 500, Code: 77);
        Assert.Equal([reset], Frames(_client));
        Assert.Equal(-1, _client.Write(id, [1], fin: false));
        Assert.Equal(0, _client.BytesHeld);
        _client.OnLost(reset);
        Assert.Equal([reset], Frames(_client));
        // The bytes were lost; the reset alone says that 500 were used.
        Assert.Equal(TransportErrorCode.NoError, _server.OnResetStream(id, 77, 500));
        Assert.Equal([new(StreamFrameKind.MaxData, 0, 1500)], Frames(_server));
        Assert.Equal([new StreamEvent(id, StreamEvents.Opened | StreamEvents.Reset, 0, 77)], Events(_server));
        Assert.Equal(new StreamRead(0, IsEnd: true, IsReset: true, 77), _server.Read(id, new byte[1]));
        Assert.Equal(0, _server.Count);
        // Too late to matter.
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(id, 0, new byte[500], fin: false));
        _client.OnAcked(reset);
        Assert.Equal(0, _client.Count);
    }

    [Fact]
    public void Stop_sending_is_answered_with_a_reset()
    {
        var id = _client.TryOpen(false);
        _ = _client.Write(id, new byte[300], fin: false);
        _ = Frames(_client);
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(id, 0, new byte[100], fin: false));
        _server.StopSending(id, 9);
        var stop = new StreamFrame(StreamFrameKind.StopSending, id, 0, Code: 9);
        Assert.Equal([stop], Frames(_server));
        _server.OnLost(stop);
        Assert.Equal([stop], Frames(_server));
        // What still comes is discarded and its credit given back.
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(id, 100, new byte[400], fin: false));
        Assert.Equal(0, _server.BytesHeld);
        Assert.Equal([new(StreamFrameKind.MaxData, 0, 1500)], Frames(_server));

        Assert.Equal(TransportErrorCode.NoError, _client.OnStopSending(id, 9));
        Assert.Equal([new StreamEvent(id, StreamEvents.Stopped, 9, 0)], Events(_client));
        Assert.Equal([new(StreamFrameKind.ResetStream, id, 300, Code: 9)], Frames(_client));
        Assert.Equal(TransportErrorCode.NoError, _client.OnStopSending(id, 10));
        Assert.Empty(Events(_client));

        Assert.Equal(TransportErrorCode.NoError, _server.OnResetStream(id, 9, 500));
        _server.OnLost(stop);
        Assert.Empty(Frames(_server));
    }

    [Fact]
    public void A_stream_that_is_done_makes_room_for_another()
    {
        for (var number = 0; number < 2; number++)
        {
            var id = StreamId.Of(number, byServer: false, unidirectional: true);
            Assert.Equal(TransportErrorCode.NoError, _server.OnStream(id, 0, [1], fin: true));
            Assert.Equal(new StreamRead(1, IsEnd: true), _server.Read(id, new byte[2]));
        }
        var update = new StreamFrame(StreamFrameKind.MaxStreamsUnidirectional, 0, 6);
        Assert.Equal([update], Frames(_server));
        _server.OnLost(update);
        Assert.Equal([update], Frames(_server));
        Assert.Equal(TransportErrorCode.NoError, _server.OnStream(StreamId.Of(5, false, true), 0, [1], fin: true));
        Assert.Equal(
            TransportErrorCode.StreamLimitError,
            _server.OnStream(StreamId.Of(6, false, true), 0, [1], fin: true)
        );
    }

    [Fact]
    public void Urgent_streams_first_and_equal_ones_in_turn()
    {
        var set = Create(isServer: false, Limits with { Data = 100_000, Unidirectional = 100_000 });
        var ids = Enumerable.Range(0, 4).Select(_ => set.TryOpen(true)).ToArray();
        foreach (var id in ids)
        {
            Assert.Equal(200, set.Write(id, new byte[200], fin: false));
        }
        set.SetPriority(ids[3], 0);
        set.SetPriority(ids[0], 7);
        var order = new List<long>();
        // A header of three to five bytes leaves about a hundred for data: two turns each, or three.
        while (set.TryNext(105, out var frame))
        {
            order.Add(frame.Id);
        }
        Assert.Equal([ids[3], ids[3], ids[1], ids[2], ids[1], ids[2], ids[0], ids[0]], order);
    }

    [Fact]
    public void A_short_write_hears_when_there_is_room()
    {
        var set = new StreamSet(false, Limits, sendCapacity: 400);
        set.SetPeerLimits(Limits);
        var id = set.TryOpen(true);
        Assert.Equal(400, set.Write(id, new byte[500], fin: true));
        Assert.Equal(0, set.Write(id, new byte[1], fin: false));
        Assert.True(set.TryNext(54, out var small));
        Assert.True(set.TryNext(500, out var rest));
        set.OnAcked(small);
        Assert.Empty(Events(set));
        set.OnAcked(rest);
        Assert.Equal([new StreamEvent(id, StreamEvents.Writable, 0, 0)], Events(set));
        Assert.Equal(0, set.Write(id, [], fin: true));
        Assert.True(set.TryNext(50, out var fin));
        Assert.Equal(new StreamFrame(StreamFrameKind.Stream, id, 400, 0, Fin: true), fin);
        set.OnAcked(fin);
        Assert.Equal([new StreamEvent(id, StreamEvents.Acknowledged, 0, 0)], Events(set));
        Assert.Equal(0, set.Count);
    }

    [Fact]
    public void Frames_fit_the_room_or_wait()
    {
        var id = _client.TryOpen(false);
        _ = _client.Write(id, [1, 2, 3], fin: true);
        for (var room = 0; room <= 4; room++)
        {
            Assert.False(_client.TryNext(room, out _));
        }
        Assert.True(_client.TryNext(5, out var frame));
        Assert.Equal(new StreamFrame(StreamFrameKind.Stream, id, 0, 1), frame);
        _client.Reset(id, 1);
        Assert.False(_client.TryNext(3, out _));
        Assert.True(_client.HasPending);
        Assert.True(_client.TryNext(4, out frame));
        Assert.Equal(StreamFrameKind.ResetStream, frame.Kind);
        Assert.False(_client.HasPending);
    }

    [Fact]
    public void A_steady_transfer_allocates_nothing()
    {
        var limits = Limits with { Data = 100_000, Unidirectional = 100_000 };
        var client = Create(isServer: false, limits);
        var server = Create(isServer: true, limits);
        var id = client.TryOpen(true);
        var (data, packet) = (new byte[10_000], new byte[1200]);
        void Turn()
        {
            _ = client.Write(id, data, fin: false);
            while (client.TryNext(packet.Length, out var frame))
            {
                client.CopyData(frame, packet);
                _ = FrameDelivery.Deliver(server, frame, packet.AsSpan(0, frame.Length));
                client.OnAcked(frame);
            }
            while (server.Read(id, packet).Length > 0) { }
            while (server.TryNext(packet.Length, out var update))
            {
                _ = FrameDelivery.Deliver(client, update, []);
            }
            while (server.TryNextEvent(out _)) { }
        }
        for (var turn = 0; turn < 100; turn++)
        {
            Turn();
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var turn = 0; turn < 1000; turn++)
        {
            Turn();
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);
    }

    private static StreamSet Create(bool isServer, StreamLimits? limits = null)
    {
        var set = new StreamSet(isServer, limits ?? Limits, Capacity);
        set.SetPeerLimits(limits ?? Limits);
        return set;
    }

    private static List<StreamFrame> Frames(StreamSet set)
    {
        var frames = new List<StreamFrame>();
        while (set.TryNext(1 << 20, out var frame))
        {
            frames.Add(frame);
        }
        return frames;
    }

    private static List<StreamEvent> Events(StreamSet set)
    {
        var events = new List<StreamEvent>();
        while (set.TryNextEvent(out var next))
        {
            events.Add(next);
        }
        return events;
    }
}
