using System.Net;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>What changes below a running process: its node moves to another network, or a NAT forgets its mappings.</summary>
public sealed class SimPathSwitchTests
{
    private static readonly IPAddress Server = IPAddress.Parse("192.0.2.1");
    private static readonly IPAddress Before = IPAddress.Parse("198.51.100.1");
    private static readonly IPAddress After = IPAddress.Parse("203.0.113.1");

    private readonly SimScheduler _scheduler = new();
    private readonly SimNet _net;
    private readonly List<IPEndPoint> _seen = [];
    private readonly List<byte> _answers = [];
    private readonly SimUdpSocket _server;

    public SimPathSwitchTests()
    {
        _net = new SimNet(_scheduler, new SimContext(_scheduler, "wires"), 1)
        {
            Link = new SimLink { Delay = TimeSpan.FromMilliseconds(10), Jitter = TimeSpan.Zero },
        };
        _net.AddNode("server", null, Server);
        _server = _net.Bind("server", new SimContext(_scheduler, "server"), new IPEndPoint(Server, 443));
        _server.Hears = datagram =>
        {
            _seen.Add(datagram.From);
            _server.SendTo(datagram.Payload.Span, datagram.From);
        };
    }

    [Fact]
    public void A_node_that_moves_goes_on_with_its_socket_and_another_address()
    {
        var laptop = Laptop(null, Before, IPAddress.Any);

        Ask(laptop, 1);
        _net.Move("laptop", null, After);
        Ask(laptop, 2);

        Assert.Equal([Before, After], _seen.Select(from => from.Address));
        Assert.Equal(_seen[0].Port, _seen[1].Port);
        Assert.Equal([1, 2], _answers);
    }

    [Fact]
    public void The_old_address_is_dead_from_that_moment()
    {
        var laptop = Laptop(null, Before, IPAddress.Any);

        laptop.SendTo([1], _server.Local);
        _scheduler.RunFor(TimeSpan.FromMilliseconds(15));
        // The answer is under way.
        Assert.Single(_seen);
        _net.Move("laptop", null, After);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
        _server.SendTo([2], _seen[0]);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Empty(_answers);
    }

    [Fact]
    public void A_socket_bound_to_the_old_address_is_dead_until_it_comes_back()
    {
        var laptop = Laptop(null, Before, Before);

        _net.Move("laptop", null, After);
        Ask(laptop, 1);
        Assert.Empty(_seen);
        _net.Move("laptop", null, Before, After);
        Ask(laptop, 2);

        Assert.Equal([2], _answers);
    }

    [Fact]
    public void It_may_move_behind_a_gateway_and_not_to_an_address_of_another()
    {
        var laptop = Laptop(null, Before, IPAddress.Any);

        _net.Move("laptop", new SimLan("cafe", new SimNat(After)), IPAddress.Parse("10.0.0.7"));
        Ask(laptop, 1);

        Assert.Equal(After, Assert.Single(_seen).Address);
        Assert.Equal([1], _answers);
        Assert.Throws<InvalidOperationException>(() => _net.Move("laptop", null, Server));
    }

    [Fact]
    public void A_NAT_that_rebinds_gives_another_port_and_the_old_one_is_dead()
    {
        var nat = new SimNat(Before);
        var laptop = Laptop(new SimLan("home", nat), IPAddress.Parse("10.0.0.7"), IPAddress.Any);

        Ask(laptop, 1);
        Ask(laptop, 2);
        Assert.Equal(_seen[0], _seen[1]);
        nat.Rebind();
        _server.SendTo([3], _seen[0]);
        Ask(laptop, 4);
        nat.Rebind(After);
        _server.SendTo([5], _seen[2]);
        Ask(laptop, 6);

        Assert.Equal([1, 2, 4, 6], _answers);
        Assert.Equal([Before, Before, Before, After], _seen.Select(from => from.Address));
        Assert.Equal(3, _seen.Select(from => from.Port).Distinct().Count());
    }

    [Fact]
    public void A_NAT_lets_in_only_who_was_written_to()
    {
        var laptop = Laptop(new SimLan("home", new SimNat(Before)), IPAddress.Parse("10.0.0.7"), IPAddress.Any);
        var other = _net.Bind("server", new SimContext(_scheduler, "other"), new IPEndPoint(Server, 444));

        Ask(laptop, 1);
        other.SendTo([2], _seen[0]);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));

        Assert.Equal([1], _answers);
    }

    private SimUdpSocket Laptop(SimLan? lan, IPAddress address, IPAddress bound)
    {
        _net.AddNode("laptop", lan, address);
        var socket = _net.Bind("laptop", new SimContext(_scheduler, "laptop"), new IPEndPoint(bound, 0));
        socket.Hears = datagram => _answers.Add(datagram.Payload.Span[0]);
        return socket;
    }

    private void Ask(SimUdpSocket from, byte what)
    {
        from.SendTo([what], _server.Local);
        _scheduler.RunFor(TimeSpan.FromSeconds(1));
    }
}
