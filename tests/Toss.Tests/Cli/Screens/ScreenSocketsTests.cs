using System.Net;
using System.Net.Sockets;
using Toss.Cli.Daemon.Screens;
using Xunit;

namespace Toss.Tests.Cli.Screens;

public sealed class ScreenSocketsTests
{
    [Fact]
    public void Both_families_have_one_port()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var sockets = ScreenSockets.Bind();
        Assert.Equal(
            [new IPEndPoint(IPAddress.Loopback, sockets.Port), new IPEndPoint(IPAddress.IPv6Loopback, sockets.Port)],
            sockets.Ends
        );
    }

    [Theory]
    [InlineData("::1", "127.0.0.1")]
    [InlineData("127.0.0.1", "::1")]
    public void Where_somebody_has_half_of_a_port_it_is_another(string taken, string free)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        using var somebody = Listen(IPAddress.Parse(taken));
        var port = ((IPEndPoint)somebody.LocalEndPoint!).Port;
        using var sockets = ScreenSockets.Bind(port);
        Assert.NotEqual(port, sockets.Port);
        Assert.Equal(2, sockets.Ends.Count());
        // The half that was got is given back.
        using var other = new Socket(IPAddress.Parse(free).AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Parse(free), port));
    }

    private static Socket Listen(IPAddress loopback)
    {
        var socket = new Socket(loopback.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(loopback, 0));
        socket.Listen();
        return socket;
    }
}
