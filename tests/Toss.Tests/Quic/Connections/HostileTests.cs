using System.Buffers.Binary;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Recovery;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>A peer that has keys and means harm (RFC 9000 §21): the connection ends with the right code, or bears it.</summary>
public sealed class HostileTests
{
    /// <summary>What one packet may not say, and how the connection ends.</summary>
    public static TheoryData<string, int> Mistakes =>
        new()
        {
            { "", (int)TransportErrorCode.ProtocolViolation },
            { "ff", (int)TransportErrorCode.FrameEncodingError },
            // HANDSHAKE_DONE and NEW_TOKEN from a client.
            { "1e", (int)TransportErrorCode.ProtocolViolation },
            { "070101", (int)TransportErrorCode.ProtocolViolation },
            // Data on a stream of the server's that it never opened, and beyond the number allowed.
            { "0a010100", (int)TransportErrorCode.StreamStateError },
            { "0a40f00100", (int)TransportErrorCode.StreamLimitError },
            // More than the stream's window.
            { "0c00800f424000", (int)TransportErrorCode.FlowControlError },
            // A final size that shrinks.
            { "0a000201020b000101", (int)TransportErrorCode.FinalSizeError },
            // MAX_STREAM_DATA for a stream that only sends to us.
            { "11020a", (int)TransportErrorCode.StreamStateError },
            // RETIRE_CONNECTION_ID of one that was never issued, and of the one it came on.
            { "193f", (int)TransportErrorCode.ProtocolViolation },
            { "1900", (int)TransportErrorCode.ProtocolViolation },
            // CRYPTO far ahead.
            { "0680ffffff0100", (int)TransportErrorCode.CryptoBufferExceeded },
            // A TLS KeyUpdate: unexpected_message.
            { "06000518000001" + "00", 0x10a },
            // An ACK of what was never sent.
            { "0280ffffff000000", (int)TransportErrorCode.ProtocolViolation },
            // MAX_STREAMS beyond 2^60.
            { "12d000000000000001", (int)TransportErrorCode.FrameEncodingError },
            // NEW_CONNECTION_ID: empty, retiring what is later than itself, the first again with another ID.
            { "180200" + "00" + "00000000000000000000000000000000", (int)TransportErrorCode.FrameEncodingError },
            {
                "180203" + "0401020304" + "00000000000000000000000000000000",
                (int)TransportErrorCode.FrameEncodingError
            },
            { "180000" + "0401020304" + "00000000000000000000000000000000", (int)TransportErrorCode.ProtocolViolation },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_ends_the_connection_with_its_code(string frames, int code)
    {
        using var peer = new RawPeer().Connect();

        peer.SendBytes(Convert.FromHexString(frames));

        Assert.Equal(code, peer.CloseCode);
        Assert.Contains(FrameType.ConnectionClose, peer.Heard);
    }

    [Fact]
    public void Endless_connection_ids_end_it()
    {
        using var peer = new RawPeer().Connect();
        for (var sequence = 1; sequence < 20 && peer.CloseCode is null; sequence++)
        {
            var id = new ConnectionId([7, 7, 7, (byte)sequence]);
            peer.Send((ref frames) => frames.TryWriteNewConnectionId(sequence, 0, id, new byte[16]));
            Assert.True(sequence <= PeerIds.Limit);
        }

        Assert.Equal((long)TransportErrorCode.ConnectionIdLimitError, peer.CloseCode);
    }

    [Fact]
    public void Endless_retirements_end_it_when_their_words_are_not_acknowledged()
    {
        using var peer = new RawPeer().Connect();
        var sequence = 1;
        for (; sequence < 1000 && peer.CloseCode is null; sequence++)
        {
            var id = new ConnectionId([7, 7, (byte)(sequence >> 8), (byte)sequence]);
            peer.Send((ref frames) => frames.TryWriteNewConnectionId(sequence, sequence, id, new byte[16]));
        }

        Assert.Equal((long)TransportErrorCode.ConnectionIdLimitError, peer.CloseCode);
        Assert.InRange(sequence, 8, 100);
    }

    [Fact]
    public void A_flood_of_challenges_is_answered_no_more_than_packet_for_packet()
    {
        using var peer = new RawPeer().Connect();
        peer.Acknowledge();
        var sent = 0;
        for (var i = 0; i < 500; i++)
        {
            peer.Send(
                (ref frames) =>
                {
                    Span<byte> data = stackalloc byte[8];
                    for (var n = 0; n < 100; n++)
                    {
                        BinaryPrimitives.WriteInt64BigEndian(data, sent++);
                        Assert.True(frames.TryWritePathChallenge(data));
                    }
                }
            );
        }

        Assert.Null(peer.CloseCode);
        Assert.InRange(peer.Heard.Count(type => type == FrameType.PathResponse), 1, 500);
    }

    [Fact]
    public void Packets_from_everywhere_cost_no_memory_and_little_traffic()
    {
        using var peer = new RawPeer().Connect();
        for (uint sequence = 1; sequence < 7; sequence++)
        {
            var id = new ConnectionId([7, 7, 7, (byte)sequence]);
            peer.Send((ref frames) => frames.TryWriteNewConnectionId(sequence, 0, id, new byte[16]));
        }
        for (var i = 1; i <= 2000; i++)
        {
            peer.Send((ref frames) => frames.TryWritePing(), RawPeer.Home with { Address = (UInt128)(1000 + i) });
            if (i % 50 == 0)
            {
                peer.Wait(0.1);
                peer.Acknowledge();
            }
        }

        Assert.Null(peer.CloseCode);
        Assert.InRange(peer.AtServer!.PathCount, 1, 6);
        Assert.InRange(peer.AtServer.Recovery.PathCount, 1, LossDetection.MaxPaths);
        foreach (var (path, bytes) in peer.BytesTo)
        {
            // A ping with its header and tag is 30 bytes; what went there is no more than three times that.
            Assert.True(path == RawPeer.Home || bytes <= 3 * 40, $"{bytes} to {path}");
        }
    }

    [Fact]
    public void An_ACK_of_a_number_that_was_left_out_ends_it()
    {
        using var peer = new RawPeer().Connect();
        // The server sends much; a peer that acknowledges ever more than it has received is found out soon.
        var stream = peer.AtServer!.Streams.TryOpen(unidirectional: true);
        var acked = 0L;
        for (var round = 0; round < 3000 && peer.CloseCode is null; round++)
        {
            _ = peer.AtServer.Streams.Write(stream, new byte[4000], fin: false);
            peer.Endpoint.Touch(peer.AtServer);
            peer.Drain();
            acked = Math.Max(acked, peer.LargestHeard);
            peer.Send((ref frames) => frames.TryWriteAck([new(0, acked + 1)], 0, null));
            peer.Wait(0.01);
        }

        Assert.Equal((long)TransportErrorCode.ProtocolViolation, peer.CloseCode);
    }

    [Fact]
    public void A_flood_of_first_packets_costs_a_bounded_number_of_handshakes()
    {
        var options = new EndpointOptions
        {
            Key = new byte[32],
            Server = QuicPair.Options(isClient: false),
            MaxUnvalidated = 16,
        };
        using var endpoint = new Endpoint(options, new SimQuicRandom(1));
        using var dialler = new Endpoint(new EndpointOptions { Key = new byte[32] }, new SimQuicRandom(2));
        var now = new Instant(TimeSpan.TicksPerDay);
        var buffer = new byte[1 << 16];
        var (received, sent) = (0L, 0L);
        for (var i = 0; i < 200; i++)
        {
            var path = new NetworkPath(0, (UInt128)i, 1000);
            _ = dialler.Dial(QuicPair.Options(isClient: true), path, now);
            while (dialler.TryTransmit(buffer, now, out var first))
            {
                received += first.Length;
                endpoint.Receive(path, buffer.AsSpan(0, first.Length).ToArray(), EcnMark.NotEct, now);
                while (endpoint.TryTransmit(buffer, now, out var answer))
                {
                    sent += answer.Length;
                }
            }
        }

        Assert.Equal(16, endpoint.Count);
        Assert.Equal(184, endpoint.Counters.Retries);
        Assert.True(sent <= 3 * received);
        // Nobody comes back: all of it is forgotten.
        for (var left = 100_000; endpoint.NextTimeout() != Instant.Never && left > 0; left--)
        {
            now = Instant.Max(now, endpoint.NextTimeout());
            endpoint.OnTimeout(now);
            while (endpoint.TryTransmit(buffer, now, out _)) { }
        }
        Assert.Equal(0, endpoint.Count);
        Assert.Equal(0, endpoint.IdCount);
    }

    [Fact]
    public void Streams_that_nobody_reads_hold_no_more_than_their_windows()
    {
        using var peer = new RawPeer().Connect();
        for (var stream = 0; stream < 4; stream++)
        {
            for (var at = 0L; at < 90_000; at += 1000)
            {
                // Every second piece: all of it has to wait.
                var offset = at + 500;
                peer.Send((ref frames) => frames.TryWriteStream(stream * 4, offset, new byte[400], fin: false));
            }
        }

        Assert.Null(peer.CloseCode);
        Assert.InRange(peer.AtServer!.BytesHeld, 1, 4 * (100_000 + 4096));
    }
}
