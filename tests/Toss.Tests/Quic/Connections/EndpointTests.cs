using System.Buffers.Binary;
using Toss.Quic;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Who gets in, and what the others are told (RFC 9000 §5.2, §6, §8.1, §10.3).</summary>
public sealed class EndpointTests
{
    [Fact]
    public void A_peer_that_must_retry_gets_in_with_the_token_and_is_not_limited_then()
    {
        var pair = new QuicPair(serverEndpoint: options =>
            options with
            {
                Filter = (in initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry,
            }
        ).Connect();

        Assert.Equal(1, pair.AtClient!.Counters.Retries);
        Assert.Equal(1, pair.Server.Endpoint.Counters.Retries);
        Assert.Equal(1, pair.Server.Endpoint.Counters.TokensAccepted);
        Assert.Equal(1, pair.Server.Endpoint.Count);
    }

    [Fact]
    public void A_retry_that_comes_back_too_late_is_refused()
    {
        var pair = new QuicPair(serverEndpoint: options =>
            options with
            {
                Filter = (in initial) => initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry,
                RetryLifetime = TimeSpan.FromMilliseconds(19),
            }
        );
        pair.Dial();
        pair.RunUntil(() => pair.AtClient!.Closed is not null, 5, "the refusal");

        Assert.Equal((long)TransportErrorCode.InvalidToken, pair.AtClient!.Closed!.Code);
    }

    [Fact]
    public void A_peer_that_is_not_wanted_is_told()
    {
        var pair = new QuicPair(serverEndpoint: options =>
            options with
            {
                Filter = static (in _) => AcceptDecision.Refuse,
            }
        );
        pair.Dial();
        pair.RunUntil(() => pair.AtClient!.Closed is not null, 5, "the refusal");

        Assert.Equal(CloseCause.Peer, pair.AtClient!.Closed!.Cause);
        Assert.Equal((long)TransportErrorCode.ConnectionRefused, pair.AtClient.Closed.Code);
        Assert.Equal(0, pair.Server.Endpoint.Count);
    }

    [Fact]
    public void Who_does_not_knock_hears_nothing_and_costs_nothing()
    {
        var knock = new ConnectionId([1, 2, 3, 4, 5, 6, 7, 8]);
        var asked = 0;
        var sent = 0;
        var pair = new QuicPair(serverEndpoint: options =>
            options with
            {
                Filter = (in initial) =>
                {
                    asked++;
                    return initial.Destination == knock ? AcceptDecision.Accept : AcceptDecision.Ignore;
                },
            }
        );
        pair.Server.Sends = (_, _) => ++sent > 0;
        pair.Dial();
        // Another version is asked for in the same way.
        var probe = new byte[1200];
        probe[0] = 0xc0;
        BinaryPrimitives.WriteUInt32BigEndian(probe.AsSpan(1), 0x1a2a3a4a);
        probe[5] = 8;
        pair.Client.SendRaw(probe, pair.Server.Local());
        pair.RunFor(5);

        Assert.True(asked > 3);
        Assert.Equal(0, sent);
        Assert.Equal(0, pair.Server.Endpoint.Count);
        Assert.Equal(asked, pair.Server.Endpoint.Counters.Ignored);

        var knocking = pair.Client.Endpoint.Dial(
            QuicPair.Options(isClient: true),
            pair.ToServer,
            pair.Client.Now,
            knock
        );
        pair.Client.Drain();
        pair.RunUntil(() => knocking.IsConfirmed, 5, "the handshake");
    }

    [Fact]
    public void Another_version_is_answered_with_those_we_speak()
    {
        var pair = new QuicPair();
        var probe = new byte[1200];
        probe[0] = 0xc0;
        BinaryPrimitives.WriteUInt32BigEndian(probe.AsSpan(1), 0x1a2a3a4a);
        probe[5] = 8;
        ((Span<byte>)[1, 2, 3, 4, 5, 6, 7, 8]).CopyTo(probe.AsSpan(6));
        probe[14] = 3;
        ((Span<byte>)[9, 9, 9]).CopyTo(probe.AsSpan(15));
        var heard = new List<byte[]>();
        pair.Server.Sends = (_, bytes) =>
        {
            heard.Add(bytes.ToArray());
            return true;
        };

        pair.Client.SendRaw(probe, pair.Server.Local());
        // Too small to be answered (§6.1).
        pair.Client.SendRaw(probe[..1199], pair.Server.Local());
        pair.RunFor(1);

        var answer = Assert.Single(heard);
        Assert.True(PacketHeader.TryRead(answer, 8, false, out var header));
        Assert.Equal(PacketType.VersionNegotiation, header.Type);
        Assert.Equal(new ConnectionId([9, 9, 9]), header.Destination);
        Assert.Equal(new ConnectionId([1, 2, 3, 4, 5, 6, 7, 8]), header.Source);
        Assert.True(PacketWriter.Offers(header.Versions, QuicVersion.One));
        Assert.False(PacketWriter.Offers(header.Versions, 0x1a2a3a4a));
    }

    [Fact]
    public void A_server_of_other_versions_ends_the_attempt_and_a_forged_word_of_it_does_not()
    {
        var pair = new QuicPair();
        ConnectionId theirs = default;
        ConnectionId ours = default;
        pair.Client.Sends = (_, bytes) =>
        {
            Assert.True(PacketHeader.TryRead(bytes.Span, 8, false, out var header));
            (theirs, ours) = (header.Destination, header.Source);
            return false;
        };
        pair.Dial();

        // Version 1 among them; from somebody who did not see our packet.
        pair.Server.SendRaw(Negotiation(ours, theirs, QuicVersion.One), pair.Client.Local());
        pair.Server.SendRaw(Negotiation(ours, ours, 0x1a2a3a4a), pair.Client.Local());
        pair.RunFor(0.1);
        Assert.Null(pair.AtClient!.Closed);

        pair.Server.SendRaw(Negotiation(ours, theirs, 0x1a2a3a4a), pair.Client.Local());
        pair.RunFor(0.1);
        Assert.Equal(CloseCause.Version, pair.AtClient.Closed!.Cause);
        Assert.Equal(0, pair.Client.Endpoint.Count);
    }

    [Fact]
    public void A_token_proves_the_address_of_the_next_connection_once()
    {
        var pair = new QuicPair(serverEndpoint: options => options with { MaxUnvalidated = 0 });
        pair.Connect();
        pair.RunFor(1);
        Assert.Equal(1, pair.AtClient!.Counters.Retries);
        var token = QuicPair.Only<ConnectionEvent.TokenReceived>(pair.ClientTraffic).Token;

        for (var use = 0; use < 2; use++)
        {
            var again = pair.Client.Endpoint.Dial(
                QuicPair.Options(isClient: true),
                pair.ToServer,
                pair.Client.Now,
                token: token
            );
            pair.Client.Drain();
            pair.RunUntil(() => again.IsConfirmed, 5, "the handshake");
            Assert.Equal(use, again.Counters.Retries);
        }
    }

    [Fact]
    public void A_server_that_lost_its_memory_says_so_and_is_believed()
    {
        var pair = new QuicPair(client: options => options with { KeepAlive = TimeSpan.FromSeconds(1) }).Connect();
        pair.Server.Kill();
        var options = new EndpointOptions { Key = new byte[32], Server = QuicPair.Options(isClient: false) };
        var reborn = new SimQuicHost(pair.Scheduler, pair.Net, "server", options, 99);
        reborn.Bind(pair.Server.Local());

        pair.RunUntil(() => pair.AtClient!.Closed is not null, 10, "the reset");

        Assert.Equal(CloseCause.Reset, pair.AtClient!.Closed!.Cause);
        Assert.True(reborn.Endpoint.Counters.ResetsSent > 0);
    }

    [Fact]
    public void A_reset_with_a_wrong_token_changes_nothing()
    {
        var pair = new QuicPair(client: options => options with { KeepAlive = TimeSpan.FromSeconds(1) }).Connect();
        pair.Server.Kill();
        var options = new EndpointOptions
        {
            Key = Enumerable.Repeat((byte)7, 32).ToArray(),
            Server = QuicPair.Options(isClient: false),
        };
        var stranger = new SimQuicHost(pair.Scheduler, pair.Net, "server", options, 99);
        stranger.Bind(pair.Server.Local());

        pair.RunUntil(() => pair.AtClient!.Closed is not null, 60, "the idle time-out");

        Assert.Equal(CloseCause.Idle, pair.AtClient!.Closed!.Cause);
        Assert.True(stranger.Endpoint.Counters.ResetsSent > 0);
    }

    [Fact]
    public void What_is_not_QUIC_is_handed_back()
    {
        var pair = new QuicPair();
        // STUN (RFC 8489 §5).
        pair.Client.SendRaw([0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42], pair.Server.Local());
        pair.RunFor(1);

        Assert.Equal(0x21, Assert.Single(pair.Server.Others)[4]);
    }

    [Fact]
    public void A_late_copy_of_the_first_packet_begins_nothing()
    {
        var first = Array.Empty<byte>();
        var pair = new QuicPair();
        pair.Client.Sends = (_, bytes) =>
        {
            first = first.Length == 0 ? bytes.ToArray() : first;
            return true;
        };
        pair.Connect();

        pair.Client.SendRaw(first, pair.Server.Local());
        pair.RunFor(1);

        Assert.Equal(1, pair.Server.Endpoint.Count);
        Assert.Equal(1, pair.Server.Endpoint.Counters.Accepted);
    }

    [Fact]
    public void More_connections_than_wanted_are_refused()
    {
        var pair = new QuicPair(serverEndpoint: options => options with { MaxConnections = 3 });
        var dialled = Enumerable
            .Range(0, 5)
            .Select(_ => pair.Client.Endpoint.Dial(QuicPair.Options(isClient: true), pair.ToServer, pair.Client.Now))
            .ToList();
        pair.Client.Drain();
        pair.RunFor(2);

        Assert.Equal(3, dialled.Count(connection => connection.IsConfirmed));
        Assert.All(
            dialled.Where(connection => !connection.IsConfirmed),
            connection => Assert.Equal((long)TransportErrorCode.ConnectionRefused, connection.Closed!.Code)
        );
    }

    [Fact]
    public void An_endpoint_forgets_what_ended()
    {
        var pair = new QuicPair().Connect();
        pair.AtClient!.Close(7, "enough", pair.Client.Now);
        pair.Client.Touch(pair.AtClient);
        pair.RunFor(5);

        Assert.Equal(0, pair.Client.Endpoint.Count);
        Assert.Equal(0, pair.Server.Endpoint.Count);
        Assert.Equal(0, pair.Client.Endpoint.IdCount);
        Assert.Equal(0, pair.Server.Endpoint.IdCount);
        Assert.Equal(Instant.Never, pair.Client.Endpoint.NextTimeout());
        Assert.Equal(Instant.Never, pair.Server.Endpoint.NextTimeout());
    }

    private static byte[] Negotiation(in ConnectionId destination, in ConnectionId source, uint version)
    {
        var bytes = new byte[7 + destination.Length + source.Length + 4];
        var writer = new SpanWriter(bytes);
        writer.WriteByte(0xc0);
        writer.WriteUInt32(0);
        writer.WriteConnectionId(destination);
        writer.WriteConnectionId(source);
        writer.WriteUInt32(version);
        return bytes;
    }
}
