using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Toss.Relay.Udp;
using Toss.Testing.Platform;
using Toss.Wire.Stun;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class StunResponderTests
{
    [Fact]
    public async Task Whoever_asks_at_either_port_is_told_where_it_is_seen_and_nobody_else_anything()
    {
        await using var responder = StunResponder.Start(
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

    [Fact]
    public async Task A_port_that_is_taken_is_left_out()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        await using var responder = StunResponder.Start(
            (IPEndPoint)taken.LocalEndPoint!,
            TimeProvider.System,
            NullLogger.Instance
        );

        Assert.DoesNotContain(((IPEndPoint)taken.LocalEndPoint!).Port, responder.Ports);
    }
}
