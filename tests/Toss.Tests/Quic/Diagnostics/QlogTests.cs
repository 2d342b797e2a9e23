using System.Net;
using System.Text;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Quic.Diagnostics;

/// <summary>What a connection's qlog says, and what it never does.</summary>
public sealed class QlogTests
{
    private const string Marker = "what nobody else may read";

    private readonly MemoryStream _client = new();
    private readonly MemoryStream _server = new();
    private readonly List<string> _secrets = [];

    [Fact]
    public void Every_packet_that_was_sent_is_received_on_the_other_side()
    {
        var pair = Pair();
        Live(pair);
        var (client, server) = (Read(_client), Read(_server));

        Assert.Equal(
            "client",
            client.Head.GetProperty("trace").GetProperty("vantage_point").GetProperty("type").GetString()
        );
        Assert.Equal(Group(client), Group(server));
        AssertReceived(client, server);
        AssertReceived(server, client);
        Assert.Empty(client.Of("packet_lost"));
        // Each is there once.
        Assert.Equal(client.Packets("packet_sent").Distinct(), client.Packets("packet_sent"));
        Assert.Equal(pair.AtClient!.Counters.PacketsSent, client.Of("packet_sent").Count());
        Assert.Equal(pair.AtServer!.Counters.PacketsReceived, server.Of("packet_received").Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Under_loss_every_packet_is_received_there_or_lost_here(ulong seed)
    {
        var pair = Pair(seed, QuicPair.Straight with { Loss = 0.05, Jitter = TimeSpan.FromMilliseconds(4) });
        Live(pair);
        var (client, server) = (Read(_client), Read(_server));

        AssertAccounted(client, server);
        AssertAccounted(server, client);
        Assert.True(client.Of("packet_lost").Any() && server.Of("packet_lost").Any(), "nothing was lost");
        Assert.Equal(
            pair.AtClient!.Recovery.LostPackets + pair.AtClient.Recovery.SpuriousLosses,
            client.Of("packet_lost").Count()
        );
    }

    [Fact]
    public void The_life_of_a_connection_is_told()
    {
        var pair = Pair();
        Live(pair);
        var (client, server) = (Read(_client), Read(_server));

        foreach (var log in new[] { client, server })
        {
            foreach (
                var name in new[]
                {
                    "connection_started",
                    "parameters_set",
                    "alpn_information",
                    "connection_state_updated",
                    "packet_sent",
                    "packet_received",
                    "recovery_metrics_updated",
                    "key_updated",
                    "key_discarded",
                    "mtu_updated",
                    "migration_state_updated",
                    "connection_closed",
                }
            )
            {
                Assert.Contains("quic:" + name, log.Names);
            }
            Assert.Equal(["local", "remote"], log.Values("parameters_set", "initiator").Order(StringComparer.Ordinal));
            Assert.Equal("4711", Assert.Single(log.Values("connection_closed", "error_code")));
            Assert.Equal("application", Assert.Single(log.Values("connection_closed", "trigger")));
        }
        Assert.Equal(
            ["handshake_complete", "handshake_confirmed", "closing", "closed"],
            client.Values("connection_state_updated", "new")
        );
        Assert.Equal("draining", server.Values("connection_state_updated", "new")[^2]);
        Assert.Equal("remote", Assert.Single(server.Values("connection_closed", "initiator")));
        // Six by TLS, and two when the client began an update.
        Assert.Equal("local_update", client.Values("key_updated", "trigger")[4]);
        Assert.Equal("remote_update", server.Values("key_updated", "trigger")[4]);
        Assert.Equal(6, client.Of("key_updated").Count());
        Assert.Contains("probing_successful", client.Values("migration_state_updated", "new"));
        Assert.Contains("migration_started", client.Values("migration_state_updated", "new"));
        Assert.Equal("1452", client.Values("mtu_updated", "new")[0]);
        Assert.Contains(client.Frames("packet_sent", "datagram"), IsMarker);
        Assert.Contains(server.Frames("packet_received", "datagram"), IsMarker);

        static bool IsMarker(System.Text.Json.JsonElement frame) =>
            frame.GetProperty("raw").GetProperty("payload_length").GetInt32() == Marker.Length;
    }

    [Fact]
    public void A_retry_and_what_was_dropped_are_told()
    {
        var pair = Pair(endpoint: options =>
            options with
            {
                Filter = static (in IncomingInitial initial) =>
                    initial.HasToken ? AcceptDecision.Accept : AcceptDecision.Retry,
            }
        );
        pair.Connect();
        // Once more the same: the other side has it already.
        byte[] copy = [];
        pair.Client.Sends = (_, bytes) => (copy = bytes.ToArray()).Length >= 0;
        pair.ClientTraffic.Send(100);
        pair.Push();
        pair.Client.SendRaw(copy, pair.Server.Local());
        copy[^1] ^= 1;
        pair.Client.SendRaw(copy, pair.Server.Local());
        pair.RunUntil(() => pair.IsDone, 20, "the transfer");
        pair.Client.Endpoint.Dispose();
        pair.Server.Endpoint.Dispose();
        var (client, server) = (Read(_client), Read(_server));

        Assert.Contains(
            client.Of("packet_received"),
            data => data.GetProperty("header").GetProperty("packet_type").GetString() == "retry"
        );
        Assert.Equal(["duplicate", "decryption_failure"], server.Values("packet_dropped", "trigger")[^2..]);
    }

    [Fact]
    public void No_secret_no_token_and_no_byte_of_the_application_is_in_it()
    {
        var pair = Pair();
        Live(pair);
        var token = QuicPair.Only<ConnectionEvent.TokenReceived>(pair.ClientTraffic).Token;
        Assert.Equal(8, _secrets.Count);

        foreach (var text in new[] { Read(_client).Text, Read(_server).Text })
        {
            Assert.DoesNotContain(Marker, text, StringComparison.Ordinal);
            Assert.DoesNotContain("reset_token", text, StringComparison.Ordinal);
            foreach (
                var secret in _secrets
                    .Select(Convert.FromHexString)
                    .Append(token.ToArray())
                    .Append(Encoding.UTF8.GetBytes(Marker))
            )
            {
                // Any eight bytes of it.
                for (var at = 0; at + 8 <= secret.Length; at++)
                {
                    var piece = Convert.ToHexStringLower(secret.AsSpan(at, 8));
                    Assert.False(text.Contains(piece, StringComparison.OrdinalIgnoreCase), "a secret is in the log");
                }
                Assert.DoesNotContain(Convert.ToBase64String(secret)[..10], text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void A_log_that_fails_ends_and_nothing_else_does()
    {
        var full = new FullStream(2000);
        var pair = new QuicPair(client: options => options with { Qlog = (_, _) => full });
        Live(pair);

        Assert.True(full.IsDisposed);
        Assert.Equal(2, pair.ServerTraffic.Finished);
    }

    [Fact]
    public void An_endpoint_that_ends_ends_the_logs_of_its_connections()
    {
        var pair = Pair();
        pair.Connect();
        Assert.True(_client.CanWrite);
        pair.Client.Endpoint.Dispose();

        Assert.False(_client.CanWrite);
        Assert.Contains("quic:packet_sent", Read(_client).Names);
    }

    [Fact]
    public void Who_wants_none_of_a_connection_gets_none()
    {
        var asked = new List<(ConnectionId Original, bool IsServer)>();
        var pair = new QuicPair(client: Asking, server: Asking);
        pair.Connect();

        Assert.Equal([false, true], asked.Select(static each => each.IsServer));
        Assert.Equal(asked[0].Original, asked[1].Original);

        ConnectionOptions Asking(ConnectionOptions options) =>
            options with
            {
                Qlog = (original, isServer) =>
                {
                    asked.Add((original, isServer));
                    return null;
                },
            };
    }

    private QuicPair Pair(ulong seed = 1, SimLink? link = null, Func<EndpointOptions, EndpointOptions>? endpoint = null)
    {
        return new QuicPair(seed, link, o => With(o, _client), o => With(o, _server), endpoint);

        ConnectionOptions With(ConnectionOptions options, Stream log) =>
            options with
            {
                Qlog = (_, _) => log,
                Tls = options.Tls with { KeyLog = line => _secrets.Add(line.Split(' ')[2]) },
            };
    }

    /// <summary>A whole life: data both ways, datagrams, a key update, another path, the end.</summary>
    private static void Live(QuicPair pair)
    {
        pair.Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.3"), 2000));
        pair.Connect();
        pair.RunFor(1);
        Assert.True(pair.AtClient!.TrySendDatagram(Encoding.UTF8.GetBytes(Marker)));
        pair.AtClient.UpdateKeys();
        Transfer(pair);
        Assert.True(pair.AtClient.TryMigrate(pair.ToServer with { Carrier = 1 }, pair.Client.Now));
        Transfer(pair);
        // So that nothing is under way when it ends.
        pair.RunFor(5);
        pair.AtClient.Close(4711, Marker, pair.Client.Now);
        pair.Client.Touch(pair.AtClient);
        pair.RunUntil(
            () => (pair.AtClient.State, pair.AtServer!.State) == (ConnectionState.Closed, ConnectionState.Closed),
            60,
            "the end"
        );
    }

    private static void Transfer(QuicPair pair)
    {
        var before = pair.ServerTraffic.Finished;
        pair.ClientTraffic.Send(100_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone && pair.ServerTraffic.Finished > before, 60, "the transfer");
    }

    private static QlogRecords Read(MemoryStream stream) => new(stream.ToArray());

    private static string Group(QlogRecords log) =>
        log.Head.GetProperty("trace").GetProperty("common_fields").GetProperty("group_id").GetString()!;

    /// <summary>All, but for those of the handshake that came when their keys were gone.</summary>
    private static void AssertReceived(QlogRecords from, QlogRecords to)
    {
        var missing = from.Packets("packet_sent").Except(to.Packets("packet_received")).ToList();
        Assert.DoesNotContain(missing, static packet => packet.Type == "1RTT");
        Assert.Equal(
            missing.Count,
            to.Values("packet_dropped", "trigger").Count(static why => why == "key_unavailable")
        );
    }

    /// <summary>1-RTT packets up to the last that the other side acknowledged: of what comes after it nobody knows.</summary>
    private static void AssertAccounted(QlogRecords from, QlogRecords to)
    {
        var received = to.Packets("packet_received").ToHashSet();
        var lost = from.Packets("packet_lost").ToHashSet();
        var acknowledged = from.Frames("packet_received", "ack")
            .Max(static ack => ack.GetProperty("acked_ranges")[0].EnumerateArray().Last().GetInt64());
        var sent = from.Packets("packet_sent").Where(packet => packet.Type == "1RTT" && packet.Number <= acknowledged);
        Assert.DoesNotContain(sent, packet => !received.Contains(packet) && !lost.Contains(packet));
    }

    private sealed class FullStream(int capacity) : MemoryStream
    {
        public bool IsDisposed { get; private set; }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (Length + buffer.Length > capacity)
            {
                throw new IOException("Full.");
            }
            base.Write(buffer);
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
