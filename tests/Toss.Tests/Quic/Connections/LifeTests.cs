using Toss.Quic;
using Toss.Quic.Wire;
using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Handshakes of every kind, key updates, DATAGRAM frames, and how connections end (RFC 9000 §10, RFC 9001 §4, §6).</summary>
public sealed class LifeTests
{
    public static TheoryData<int, int, int> Handshakes
    {
        get
        {
            var data = new TheoryData<int, int, int>();
            foreach (var suite in Enum.GetValues<CipherSuite>())
            {
                foreach (var group in Enum.GetValues<TlsGroup>())
                {
                    data.Add((int)suite, (int)group, (int)CredentialForm.RawPublicKey);
                    data.Add((int)suite, (int)group, (int)CredentialForm.X509);
                }
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Handshakes))]
    public void Every_suite_group_and_credential_works(int suite, int group, int form)
    {
        ConnectionOptions With(ConnectionOptions options, bool isClient) =>
            options with
            {
                Tls = TlsPair.Options(isClient, (CredentialForm)form) with
                {
                    Suites = [(CipherSuite)suite],
                    Groups = [(TlsGroup)group],
                },
            };
        var pair = new QuicPair(
            client: options => With(options, isClient: true),
            server: options => With(options, isClient: false)
        ).Connect();
        pair.ClientTraffic.Send(100_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 30, "the transfer");
    }

    /// <summary>The hybrid ClientHello spans two datagrams.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_first_flight_of_two_datagrams_survives_the_loss_of_either_and_their_exchange(int trouble)
    {
        ConnectionOptions Hybrid(ConnectionOptions options) =>
            options with
            {
                Tls = options.Tls with { Groups = [TlsGroup.X25519MlKem768] },
            };
        var pair = new QuicPair(client: Hybrid, server: Hybrid);
        var (count, held) = (0, Array.Empty<byte>());
        pair.Client.Sends = (_, bytes) =>
        {
            count++;
            if (trouble < 2)
            {
                return count != trouble + 1;
            }
            held = count == 1 ? bytes.ToArray() : held;
            if (count == 2)
            {
                pair.Client.SendRaw(bytes.Span, pair.Server.Local());
                pair.Client.SendRaw(held, pair.Server.Local());
            }
            return count > 2;
        };

        pair.Connect();

        Assert.True(count >= 3);
        Assert.InRange(pair.Scheduler.Ticks, 0, TimeSpan.FromSeconds(trouble < 2 ? 1.2 : 0.05).Ticks);
    }

    [Fact]
    public void A_peer_with_another_key_is_refused()
    {
        var pair = new QuicPair(client: options =>
            options with
            {
                Tls = options.Tls with { CheckPeer = static _ => false },
            }
        );
        pair.Dial();
        pair.RunUntil(() => pair.AtClient!.Closed is not null, 5, "the refusal");
        pair.RunUntil(() => pair.AtServer!.Closed is not null, 5, "the word of it");

        // bad_certificate
        Assert.Equal(0x12a, pair.AtClient!.Closed!.Code);
        Assert.Equal(0x12a, pair.AtServer!.Closed!.Code);
        Assert.Empty(pair.ClientTraffic.Events.OfType<ConnectionEvent.Connected>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Keys_are_renewed_as_often_as_either_side_wants(bool lossy)
    {
        var link = QuicPair.Straight with { Loss = lossy ? 0.05 : 0, Reordering = lossy ? 0.2 : 0 };
        var pair = new QuicPair(3, link).Connect();
        pair.ClientTraffic.Send(3_000_000);
        pair.ServerTraffic.Send(3_000_000);
        pair.Push();
        for (var update = 0; update < 8; update++)
        {
            (update % 2 == 0 ? pair.AtClient! : pair.AtServer!).UpdateKeys();
            pair.Push();
            pair.RunFor(0.5);
        }
        pair.RunUntil(() => pair.IsDone, 120, "the transfer");

        Assert.True(pair.AtClient!.KeyGeneration >= 4, $"{pair.AtClient.KeyGeneration} updates");
        Assert.InRange(pair.AtServer!.KeyGeneration - pair.AtClient.KeyGeneration, -1, 1);
    }

    [Fact]
    public void Datagrams_arrive_once_whole_and_in_the_sizes_that_fit()
    {
        var pair = new QuicPair().Connect();
        pair.RunFor(1);
        var longest = pair.AtClient!.MaxDatagramLength;
        Assert.InRange(longest, 1390, 1440);

        Assert.True(pair.AtClient.TrySendDatagram([]));
        Assert.True(pair.AtClient.TrySendDatagram([1, 2, 3]));
        Assert.True(pair.AtClient.TrySendDatagram(new byte[longest]));
        Assert.False(pair.AtClient.TrySendDatagram(new byte[longest + 1]));
        pair.Client.Touch(pair.AtClient);
        Assert.True(pair.AtServer!.TrySendDatagram([4]));
        pair.Server.Touch(pair.AtServer);
        pair.RunFor(1);

        Assert.Equal([0, 3, longest], pair.ServerTraffic.Datagrams.Select(bytes => bytes.Length));
        Assert.Equal([4], Assert.Single(pair.ClientTraffic.Datagrams));
    }

    [Fact]
    public void A_packet_that_comes_twice_counts_once()
    {
        var pair = new QuicPair(link: QuicPair.Straight with { Duplication = 1 }).Connect();
        for (byte i = 0; i < 20; i++)
        {
            Assert.True(pair.AtClient!.TrySendDatagram([i]));
            pair.Client.Touch(pair.AtClient);
        }
        pair.RunFor(1);

        Assert.Equal(Enumerable.Range(0, 20).Select(i => new[] { (byte)i }), pair.ServerTraffic.Datagrams);
    }

    [Fact]
    public void Datagrams_that_the_peer_does_not_take_cannot_be_sent()
    {
        var pair = new QuicPair(server: options => options with { MaxDatagramFrameSize = 0 }).Connect();

        Assert.False(pair.AtClient!.TrySendDatagram([1]));
        Assert.True(pair.AtServer!.TrySendDatagram([1]));
    }

    [Fact]
    public void The_applications_word_reaches_the_peer_even_if_its_first_packet_is_lost()
    {
        var pair = new QuicPair(client: options => options with { KeepAlive = TimeSpan.FromSeconds(1) }).Connect();
        var losses = 1;
        pair.Server.Sends = (_, _) => --losses < 0;
        pair.AtServer!.Close(42, "that was all", pair.Server.Now);
        pair.Server.Touch(pair.AtServer);

        // What the client still sends is answered with it, as long as the server remembers.
        pair.AtClient!.TrySendDatagram([1]);
        pair.Client.Touch(pair.AtClient);
        pair.RunUntil(() => pair.AtClient.Closed is not null, 2, "the word");

        Assert.Equal(new CloseReason(CloseCause.Peer, true, 42, 0, "that was all"), pair.AtClient.Closed);
        Assert.Equal(new CloseReason(CloseCause.Local, true, 42, 0, "that was all"), pair.AtServer.Closed);
        Assert.Single(pair.ClientTraffic.Events.OfType<ConnectionEvent.Closed>());
        Assert.Single(pair.ServerTraffic.Events.OfType<ConnectionEvent.Closed>());
    }

    [Fact]
    public void A_closed_side_answers_seldom()
    {
        var pair = new QuicPair().Connect();
        pair.RunFor(1);
        var answers = 0;
        pair.Server.Sends = (_, _) => ++answers < 0;
        pair.AtServer!.Close(1, "", pair.Server.Now);
        pair.Server.Touch(pair.AtServer);
        for (var i = 0; i < 64; i++)
        {
            pair.AtClient!.TrySendDatagram([1]);
            pair.Client.Touch(pair.AtClient);
        }
        pair.RunFor(0.05);

        Assert.InRange(answers, 2, 8);
    }

    [Fact]
    public void A_peer_that_falls_silent_is_given_up_after_the_shorter_of_both_limits()
    {
        var pair = new QuicPair(
            client: options => options with { IdleTimeout = TimeSpan.FromSeconds(20) },
            server: options => options with { IdleTimeout = TimeSpan.FromSeconds(5) }
        ).Connect();
        pair.RunFor(1);
        pair.Server.Kill();
        var since = pair.Scheduler.Ticks;
        pair.RunUntil(() => pair.AtClient!.Closed is not null, 30, "the idle time-out");

        Assert.Equal(CloseCause.Idle, pair.AtClient!.Closed!.Cause);
        Assert.InRange(TimeSpan.FromTicks(pair.Scheduler.Ticks - since).TotalSeconds, 3.9, 5.1);
        Assert.Equal(0, pair.Client.Endpoint.Count);
    }

    [Fact]
    public void A_connection_that_is_kept_alive_lives()
    {
        var pair = new QuicPair(client: options =>
            options with
            {
                IdleTimeout = TimeSpan.FromSeconds(5),
                KeepAlive = TimeSpan.FromSeconds(2),
            }
        ).Connect();
        var sent = pair.AtClient!.Counters.DatagramsSent;
        pair.RunFor(100);

        Assert.Null(pair.AtClient.Closed);
        Assert.InRange(pair.AtClient.Counters.DatagramsSent - sent, 40, 60);
    }

    [Fact]
    public void At_rest_nothing_happens()
    {
        var pair = new QuicPair().Connect();
        pair.RunFor(5);
        var (steps, sent) = (pair.Scheduler.Steps, pair.AtClient!.Counters.DatagramsSent);
        pair.RunFor(20);

        Assert.Equal(sent, pair.AtClient.Counters.DatagramsSent);
        Assert.InRange(pair.Scheduler.Steps - steps, 0, 2);
        Assert.Equal(0, pair.AtClient.BytesHeld);
        Assert.Equal(0, pair.AtServer!.BytesHeld);
    }

    [Fact]
    public void Random_bytes_for_a_connection_change_nothing()
    {
        var pair = new QuicPair().Connect();
        pair.RunFor(1);
        ConnectionId id = default;
        pair.Client.Sends = (_, bytes) =>
        {
            Assert.True(PacketHeader.TryRead(bytes.Span, 8, false, out var header));
            id = header.Destination;
            return true;
        };
        pair.ClientTraffic.Send(10);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 5, "the first");
        var random = new Random(5);
        for (var i = 0; i < 300; i++)
        {
            var garbage = new byte[random.Next(9, 1400)];
            random.NextBytes(garbage);
            garbage[0] = (byte)(0x40 | (garbage[0] & 0x3f));
            id.Span.CopyTo(garbage.AsSpan(1));
            pair.Client.SendRaw(garbage, pair.Server.Local());
        }
        pair.ClientTraffic.Send(50_000);
        pair.Push();
        pair.RunUntil(() => pair.IsDone, 5, "the second");

        Assert.True(pair.AtServer!.Counters.PacketsDropped >= 300);
        Assert.Null(pair.AtServer.Closed);
        Assert.NotEqual(Instant.Never, pair.Server.Endpoint.NextTimeout());
    }
}
