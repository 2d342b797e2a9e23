using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Relay;
using Toss.Relay.Udp;
using Toss.Testing.Platform;
using Toss.Testing.Relay;
using Toss.Wire;
using Toss.Wire.Circuits;
using Toss.Wire.Stun;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class UdpPortsTests
{
    [Fact]
    public async Task Whoever_asks_at_either_port_is_told_where_it_is_seen_and_nobody_else_anything()
    {
        await using var responder = UdpPorts.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            TimeProvider.System,
            NullLogger.Instance
        );
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.Equal(2, responder.Ports.Distinct().Count());
        foreach (var port in responder.Ports)
        {
            var server = new IPEndPoint(IPAddress.Loopback, port);
            var transaction = Enumerable.Repeat((byte)port, StunMessage.TransactionSize).ToArray();
            var request = new byte[StunMessage.RequestSize];
            StunMessage.WriteRequest(request, transaction);

            // What is no request comes before it, and only the request is answered.
            await socket.SendToAsync(new byte[1], server);
            await socket.SendToAsync(new byte[StunMessage.MaxSize + 100], server);
            await socket.SendToAsync(request, server);
            var answer = new byte[StunMessage.MaxSize];
            var length = await Watchdog.Within(socket.ReceiveAsync(answer), "the answer");

            Assert.True(StunMessage.TryReadSuccess(answer.AsSpan(0, length), transaction, out var mapped));
            Assert.Equal(socket.LocalEndPoint, mapped);
            Assert.Equal(0, socket.Available);
        }
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "::1")]
    public async Task Whoever_asks_for_it_is_answered_once_from_a_port_at_which_nothing_is_taken(
        string listen,
        string address
    )
    {
        await using var responder = UdpPorts.Start(
            new IPEndPoint(IPAddress.Parse(listen), 0),
            TimeProvider.System,
            NullLogger.Instance
        );
        Assert.True(responder.HasOtherPort);
        var relay = new IPEndPoint(IPAddress.Parse(address), responder.Ports[0]);
        using var socket = new Socket(relay.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(relay.Address, 0));
        var transaction = new byte[StunMessage.TransactionSize];
        var request = new byte[StunMessage.OtherPortRequestSize];
        StunMessage.WriteOtherPortRequest(request, transaction);
        await socket.SendToAsync(request, relay);
        var answer = new byte[StunMessage.MaxSize];
        var received = await Watchdog.Within(socket.ReceiveFromAsync(answer, relay), "the answer");
        var from = (IPEndPoint)received.RemoteEndPoint;
        Assert.True(StunMessage.TryReadSuccess(answer.AsSpan(0, received.ReceivedBytes), transaction, out var mapped));
        Assert.Equal((relay.Address, socket.LocalEndPoint), (from.Address, mapped));
        Assert.DoesNotContain(from.Port, responder.Ports);

        // There nobody is answered; the plain request after it is, by then.
        var plain = new byte[StunMessage.RequestSize];
        StunMessage.WriteRequest(plain, transaction);
        await socket.SendToAsync(plain, from);
        await socket.SendToAsync(plain, relay);
        received = await Watchdog.Within(socket.ReceiveFromAsync(answer, relay), "the plain answer");
        Assert.Equal(relay, received.RemoteEndPoint);
        Assert.Equal(0, socket.Available);
    }

    [Fact]
    public async Task Answers_from_the_other_port_are_counted_as_all_are()
    {
        await using var responder = UdpPorts.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new StoppedTime(),
            NullLogger.Instance
        );
        var relay = new IPEndPoint(IPAddress.Loopback, responder.Ports[0]);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var request = new byte[StunMessage.OtherPortRequestSize];
        StunMessage.WriteOtherPortRequest(request, new byte[StunMessage.TransactionSize]);
        var answer = new byte[StunMessage.MaxSize];
        for (var i = 0; i < AnswerRate.PerSourceAndSecond; i++)
        {
            await socket.SendToAsync(request, relay);
            await Watchdog.Within(socket.ReceiveFromAsync(answer, relay), "an answer");
        }
        await socket.SendToAsync(request, relay);
        // Another source is answered; what the first sent before was looked at by then.
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        other.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
        await other.SendToAsync(request, relay);
        await Watchdog.Within(other.ReceiveFromAsync(answer, relay), "the other's answer");
        Assert.Equal(0, socket.Available);
    }

    /// <summary>One second without end.</summary>
    private sealed class StoppedTime : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    [Fact]
    public async Task A_circuit_passes_over_its_sockets_between_two_families()
    {
        var world = new RelayWorld();
        var (alice, bob) = CircuitTests.Members(world);
        var (here, there) = CircuitTests.Open(world, alice, bob);
        await using var ports = UdpPorts.Start(
            new IPEndPoint(IPAddress.IPv6Any, 0),
            TimeProvider.System,
            NullLogger.Instance
        );
        ports.Circuits = new CircuitPort(world.Router, world.Time, SystemRandomness.Instance);
        using var one = await BoundAsync(
            here,
            CircuitTests.SecretOf(alice, here),
            new IPEndPoint(IPAddress.Loopback, ports.Ports[0])
        );
        using var other = await BoundAsync(
            there,
            CircuitTests.SecretOf(bob, there),
            new IPEndPoint(IPAddress.IPv6Loopback, ports.Ports[1])
        );

        var largest = new byte[Limits.CircuitDatagram];
        new Random(1).NextBytes(largest);
        await one.SendAsync(CircuitPacket.Carry(here, largest, largest.Length));
        var arrived = new byte[2 * largest.Length];
        var length = await Watchdog.Within(other.ReceiveAsync(arrived), "the datagram");
        Assert.Equal(CircuitPacket.Carry(there, largest, largest.Length), arrived[..length]);
    }

    [Fact]
    public async Task What_the_system_does_not_take_takes_nothing_else_with_it()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var way = new CircuitSocket(socket);

        // The first is longer than any datagram can be.
        way.Send([.. new byte[70_000], 1, 2, 3], 70_000, (IPEndPoint)receiver.LocalEndPoint!);

        var arrived = new byte[10];
        var length = await Watchdog.Within(receiver.ReceiveAsync(arrived), "the second");
        Assert.Equal([1, 2, 3], arrived[..length]);
    }

    private static async Task<Socket> BoundAsync(UInt128 circuit, CircuitSecret secret, IPEndPoint relay)
    {
        var socket = new Socket(relay.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(relay);
        await socket.SendAsync(CircuitPacket.Ask(circuit));
        var answer = new byte[100];
        var length = await Watchdog.Within(socket.ReceiveAsync(answer), "the cookie");
        await socket.SendAsync(
            CircuitPacket.Show(circuit, answer.AsSpan(CircuitPacket.HeadSize, length - CircuitPacket.HeadSize), secret)
        );
        length = await Watchdog.Within(socket.ReceiveAsync(answer), "that it is bound");
        Assert.Equal(CircuitPacket.Shown(circuit), answer[..length]);
        return socket;
    }

    [Fact]
    public async Task A_port_that_is_taken_is_left_out()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await using var responder = UdpPorts.Start(
            (IPEndPoint)taken.LocalEndPoint!,
            TimeProvider.System,
            NullLogger.Instance
        );

        Assert.DoesNotContain(((IPEndPoint)taken.LocalEndPoint!).Port, responder.Ports);
    }
}
