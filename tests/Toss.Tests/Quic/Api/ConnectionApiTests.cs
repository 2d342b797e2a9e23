using System.Net;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Quic.Api;

/// <summary>Endpoints and connections of the public interface.</summary>
public sealed class ConnectionApiTests
{
    [Fact]
    public void Both_sides_know_whom_they_have()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();

        Assert.Equal((false, true), (client.IsServer, server.IsServer));
        Assert.Equal(TlsPair.PublicKey(TlsPair.ServerKey), client.Peer!.PublicKey);
        Assert.Equal(TlsPair.PublicKey(TlsPair.ClientKey), server.Peer!.PublicKey);
        Assert.Equal((TlsPair.Protocol, TlsPair.Protocol), (client.Protocol, server.Protocol));
        Assert.Equal(pair.ToServer, client.Path);
        Assert.Equal(1000, server.Path.Port);
        Assert.InRange(client.RoundTrip.TotalMilliseconds, 19, 40);
        Assert.Equal(1, pair.Server.Endpoint.Counters.Accepted);
    }

    [Fact]
    public void Whoever_closes_is_named_to_everybody_who_waits()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var stream = pair.Run(pair.Client, () => client.OpenStreamAsync());
        pair.Run(pair.Client, async () => await stream.WriteAsync(new byte[1]));
        var theirs = pair.Run(pair.Server, () => server.AcceptStreamAsync());
        var quiet = pair.Run(pair.Server, () => server.OpenStreamAsync());
        Func<Task>[] atServer =
        [
            pair.Begin(pair.Server, async () => await quiet.ReadAsync(new byte[1])),
            pair.Begin(pair.Server, async () => await theirs.WriteAsync(new byte[2_000_000])),
            pair.Begin(pair.Server, () => server.AcceptStreamAsync()),
            pair.Begin(pair.Server, () => server.ReceiveDatagramAsync()),
        ];
        Func<Task>[] atClient =
        [
            pair.Begin(pair.Client, async () => await stream.WriteAsync(new byte[2_000_000])),
            pair.Begin(pair.Client, () => client.ReceiveDatagramAsync()),
        ];
        pair.RunFor(2);

        pair.Run(pair.Client, () => client.CloseAsync(42, "enough"));
        pair.RunFor(1);

        foreach (var waiting in atServer)
        {
            var exception = Assert.IsType<QuicException>(waiting().Exception?.InnerException);
            Assert.Equal((QuicErrorReason.ClosedByPeer, 42), (exception.Reason, exception.Code));
        }
        foreach (var waiting in atClient)
        {
            var exception = Assert.IsType<QuicException>(waiting().Exception?.InnerException);
            Assert.Equal(QuicErrorReason.ClosedLocally, exception.Reason);
        }
        var reason = ApiPair.Result(server.Closed);
        Assert.Equal(
            (CloseCause.Peer, true, 42, "enough"),
            (reason.Cause, reason.IsApplication, reason.Code, reason.Text)
        );
        Assert.Equal(CloseCause.Local, ApiPair.Result(client.Closed).Cause);
        // Later, too.
        Assert.Equal(QuicErrorReason.ClosedLocally, pair.Fails(pair.Client, () => client.OpenStreamAsync()).Reason);
        Assert.Equal(QuicErrorReason.ClosedByPeer, pair.Fails(pair.Server, () => server.AcceptStreamAsync()).Reason);
        Assert.False(server.TrySendDatagram(new byte[1]));
        pair.Run(pair.Client, () => client.CloseAsync());
    }

    [Fact]
    public void What_came_before_the_end_is_still_read()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        pair.Run(
            pair.Client,
            async () =>
            {
                var stream = await client.OpenStreamAsync();
                await stream.WriteAsync(new byte[70_000]);
                stream.CompleteWrites();
                await stream.WritesClosed;
                await client.CloseAsync();
            }
        );
        pair.RunFor(1);
        Assert.True(server.Closed.IsCompleted);

        var length = pair.Run(
            pair.Server,
            async () =>
            {
                var (stream, length) = (await server.AcceptStreamAsync(), 0);
                for (int read; (read = await stream.ReadAsync(new byte[10_000])) > 0; length += read) { }
                return length;
            }
        );

        Assert.Equal(70_000, length);
    }

    [Fact]
    public void Datagrams_go_both_ways_if_they_fit()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        Assert.InRange(client.MaxDatagramLength, 1100, 1500);

        Assert.True(client.TrySendDatagram([1, 2, 3]));
        Assert.Equal([1, 2, 3], pair.Run(pair.Server, () => server.ReceiveDatagramAsync()));
        pair.Run(pair.Server, () => server.SendDatagramAsync(new byte[] { 4, 5 }));
        Assert.Equal([4, 5], pair.Run(pair.Client, () => client.ReceiveDatagramAsync()));

        Assert.False(client.TrySendDatagram(new byte[5000]));
        var exception = pair.Fails(pair.Client, () => client.SendDatagramAsync(new byte[5000]));
        Assert.Equal(QuicErrorReason.DatagramTooLong, exception.Reason);
        Assert.Equal(1, server.Counters.DatagramFramesReceived);
    }

    [Fact]
    public void Each_wait_can_be_given_up_and_nothing_is_lost_by_it()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var stream = pair.Run(pair.Client, () => client.OpenStreamAsync());
        pair.Run(pair.Client, async () => await stream.WriteAsync(new byte[1]));
        var theirs = pair.Run(pair.Server, () => server.AcceptStreamAsync());
        pair.Run(pair.Server, async () => await theirs.ReadAsync(new byte[1]));
        using var patience = new CancellationTokenSource();
        var token = patience.Token;
        Func<Task>[] waits =
        [
            pair.Begin(pair.Server, () => pair.Server.Endpoint.AcceptConnectionAsync(token)),
            pair.Begin(pair.Server, () => server.AcceptStreamAsync(token)),
            pair.Begin(pair.Server, () => server.ReceiveDatagramAsync(token)),
            pair.Begin(pair.Server, async () => await theirs.ReadAsync(new byte[1], token)),
            pair.Begin(pair.Server, async () => await theirs.WriteAsync(new byte[2_000_000], token)),
        ];
        pair.RunFor(2);
        Assert.DoesNotContain(waits, wait => wait().IsCompleted);

        pair.Server.Application.Post(_ => patience.Cancel(), null);
        pair.RunFor(1);

        Assert.All(waits, wait => Assert.True(wait().IsCanceled));
        pair.Run(pair.Client, async () => await stream.WriteAsync(new byte[] { 9 }));
        Assert.True(client.TrySendDatagram([1]));
        var buffer = new byte[1];
        Assert.Equal(1, pair.Run(pair.Server, async () => await theirs.ReadAsync(buffer)));
        Assert.Equal(9, buffer[0]);
        Assert.Single(pair.Run(pair.Server, () => server.ReceiveDatagramAsync()));
        var next = pair.Run(pair.Client, () => client.OpenStreamAsync());
        next.CompleteWrites();
        Assert.Equal(next.Id, pair.Run(pair.Server, () => server.AcceptStreamAsync()).Id);
        pair.Run(pair.Client, () => pair.Client.Endpoint.ConnectAsync(pair.Dial));
        pair.Run(pair.Server, () => pair.Server.Endpoint.AcceptConnectionAsync());
    }

    [Fact]
    public void Who_gives_up_dialling_leaves_nothing_behind()
    {
        var pair = new ApiPair(endpoint: options => options with { Filter = (in _) => AcceptDecision.Ignore });
        using var patience = new CancellationTokenSource();
        var dialling = pair.Begin(pair.Client, () => pair.Client.Endpoint.ConnectAsync(pair.Dial, patience.Token));
        pair.RunFor(1);
        Assert.False(dialling().IsCompleted);

        patience.Cancel();
        pair.RunFor(0.1);
        Assert.True(dialling().IsCanceled);
        pair.RunFor(8);
        var sent = pair.Client.Sent;
        pair.RunFor(60);

        Assert.Equal(sent, pair.Client.Sent);
        Assert.Equal(0, pair.Server.Sent);
    }

    [Fact]
    public void The_filter_sees_the_first_connection_id_and_decides()
    {
        var id = new ConnectionId([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
        var decision = AcceptDecision.Ignore;
        var seen = new List<ConnectionId>();
        var pair = new ApiPair(
            endpoint: options => options with { Filter = Decide },
            client: options => options with { HandshakeTimeout = TimeSpan.FromSeconds(3) }
        );
        var dial = pair.Dial with { FirstDestination = id };

        var ignored = pair.Fails(pair.Client, () => pair.Client.Endpoint.ConnectAsync(dial));
        Assert.Equal(QuicErrorReason.IdleTimeout, ignored.Reason);
        Assert.Equal(0, pair.Server.Sent);
        Assert.All(seen, each => Assert.Equal(id, each));

        decision = AcceptDecision.Refuse;
        var refused = pair.Fails(pair.Client, () => pair.Client.Endpoint.ConnectAsync(dial));
        Assert.Equal(QuicErrorReason.Refused, refused.Reason);

        decision = AcceptDecision.Retry;
        var connection = pair.Run(pair.Client, () => pair.Client.Endpoint.ConnectAsync(dial));
        Assert.Equal(1, connection.Counters.Retries);
        Assert.Equal(1, pair.Server.Endpoint.Counters.Retries);

        AcceptDecision Decide(in IncomingInitial initial)
        {
            seen.Add(initial.Destination);
            return decision;
        }
    }

    [Fact]
    public void A_peer_with_another_key_is_none()
    {
        var pair = new ApiPair(client: options => options with { Tls = options.Tls with { CheckPeer = _ => false } });

        var exception = pair.Fails(pair.Client, () => pair.Client.Endpoint.ConnectAsync(pair.Dial));

        Assert.Equal(QuicErrorReason.HandshakeFailed, exception.Reason);
        Assert.Equal(0x100 + 42, exception.Code);
    }

    [Fact]
    public void A_peer_that_dies_is_missed_after_the_idle_time_out()
    {
        var pair = new ApiPair(client: options => options with { IdleTimeout = TimeSpan.FromSeconds(7) });
        var (client, _) = pair.Connect();
        pair.RunFor(0.5);
        var reading = pair.Begin(pair.Client, () => client.AcceptStreamAsync());
        var since = pair.Scheduler.Ticks;
        pair.Server.Kill();

        pair.Scheduler.RunUntil(() => client.Closed.IsCompleted, TimeSpan.FromSeconds(60), "the end");

        Assert.Equal(CloseCause.Idle, ApiPair.Result(client.Closed).Cause);
        Assert.InRange(TimeSpan.FromTicks(pair.Scheduler.Ticks - since).TotalSeconds, 6, 7.1);
        pair.RunFor(0.1);
        Assert.Equal(
            QuicErrorReason.IdleTimeout,
            Assert.IsType<QuicException>(reading().Exception!.InnerException).Reason
        );
    }

    [Fact]
    public void Paths_are_asked_and_moved_to_and_told_of()
    {
        var pair = new ApiPair(
            client: options => options with { AddressDiscovery = AddressDiscovery.Receives },
            server: options => options with { AddressDiscovery = AddressDiscovery.Provides }
        );
        var (client, server) = pair.Connect();
        pair.Client.Bind(new IPEndPoint(IPAddress.Parse("192.0.2.3"), 2000));
        var second = pair.ToServer with { Carrier = 1 };
        var nowhere = SimPath("192.0.2.77");

        // At once, before the handshake is confirmed.
        Assert.True(pair.Run(pair.Client, () => client.ProbePathAsync(second)));
        Assert.True(pair.Run(pair.Client, () => client.ProbePathAsync(second)));
        Assert.False(pair.Run(pair.Client, () => client.ProbePathAsync(nowhere)));
        Assert.Equal(pair.ToServer, client.Path);
        Assert.True(pair.Run(pair.Client, () => client.MigrateAsync(second)));
        Assert.Equal(second, client.Path);
        pair.RunFor(1);
        Assert.Equal(2000, server.Path.Port);

        var events = pair.Run(
            pair.Client,
            async () =>
            {
                await client.CloseAsync();
                var all = new List<ConnectionEvent>();
                await foreach (var next in client.ReadEventsAsync())
                {
                    all.Add(next);
                }
                return all;
            }
        );
        Assert.Contains(new ConnectionEvent.PathValidated(second), events);
        Assert.Contains(new ConnectionEvent.PathFailed(nowhere), events);
        Assert.Contains(new ConnectionEvent.PathChanged(second, ByPeer: false), events);
        Assert.Contains(events, e => e is ConnectionEvent.AddressObserved { Port: 1000 });
        Assert.Contains(events, e => e is ConnectionEvent.AddressObserved { Port: 2000 });
        Assert.IsType<ConnectionEvent.Closed>(events[^1]);

        NetworkPath SimPath(string address) => SocketAddresses.ToPath(new IPEndPoint(IPAddress.Parse(address), 443), 0);
    }

    [Fact]
    public void Keys_are_updated()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        pair.RunFor(1);
        client.UpdateKeys();
        pair.Run(pair.Client, () => client.SendDatagramAsync(new byte[1]));
        pair.Run(pair.Server, () => server.ReceiveDatagramAsync());

        Assert.Equal((1, 1), (client.KeyGeneration, server.KeyGeneration));
    }

    [Fact]
    public void An_endpoint_that_is_disposed_tells_its_peers_and_takes_no_more()
    {
        var pair = new ApiPair();
        var (client, server) = pair.Connect();
        var accepting = pair.Begin(pair.Server, () => pair.Server.Endpoint.AcceptConnectionAsync());

        pair.Run(pair.Server, async () => await pair.Server.Endpoint.DisposeAsync());

        var exception = Assert.IsType<QuicException>(accepting().Exception!.InnerException);
        Assert.Equal(QuicErrorReason.EndpointEnded, exception.Reason);
        Assert.Equal(CloseCause.Local, ApiPair.Result(server.Closed).Cause);
        Assert.Equal(CloseCause.Peer, ApiPair.Result(client.Closed).Cause);
        Assert.Equal(
            QuicErrorReason.EndpointEnded,
            pair.Fails(pair.Server, () => pair.Server.Endpoint.ConnectAsync(pair.Dial)).Reason
        );
        pair.Run(pair.Server, async () => await pair.Server.Endpoint.DisposeAsync());
    }

    [Fact]
    public void When_the_loop_ends_nobody_waits_for_ever()
    {
        var pair = new ApiPair();
        var (client, _) = pair.Connect();
        var stream = pair.Run(pair.Client, () => client.OpenStreamAsync());
        Func<Task>[] waits =
        [
            pair.Begin(pair.Client, async () => await stream.ReadAsync(new byte[1])),
            pair.Begin(pair.Client, () => client.AcceptStreamAsync()),
            pair.Begin(pair.Client, () => pair.Client.Endpoint.AcceptConnectionAsync()),
        ];
        pair.RunFor(1);

        pair.Client.EndLoop();
        pair.RunFor(1);

        Assert.All(
            waits,
            wait =>
                Assert.Equal(
                    QuicErrorReason.EndpointEnded,
                    Assert.IsType<QuicException>(wait().Exception?.InnerException).Reason
                )
        );
        foreach (
            var late in (Func<Task>[])
                [
                    () => client.OpenStreamAsync(),
                    () => client.SendDatagramAsync(new byte[1]),
                    () => client.ProbePathAsync(pair.ToServer),
                    () => pair.Client.Endpoint.ConnectAsync(pair.Dial),
                    async () => await stream.WriteAsync(new byte[1]),
                ]
        )
        {
            Assert.Equal(QuicErrorReason.EndpointEnded, pair.Fails(pair.Client, late).Reason);
        }
        pair.Run(pair.Client, () => client.CloseAsync());
        pair.Run(pair.Client, async () => await pair.Client.Endpoint.DisposeAsync());
    }
}
