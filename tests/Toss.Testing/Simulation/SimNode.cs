using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>A LAN: its nodes reach one another directly and by multicast, and the rest through its gateway.</summary>
public sealed record SimLan(string Name, ISimGateway? Gateway);

/// <summary>A machine at the network. One without a LAN is in the open internet.</summary>
public sealed class SimNode
{
    /// <summary>RFC 6335 §6: the range of ports that nobody was assigned.</summary>
    private const int FirstEphemeral = 49152;

    private readonly List<SimUdpSocket> _sockets = [];
    private readonly HashSet<IPAddress> _lost = [];
    private int _ephemeral = FirstEphemeral;

    internal SimNode(string name, SimLan? lan, IReadOnlyList<IPAddress> addresses) =>
        (Name, Lan, Addresses) = (name, lan, addresses);

    public string Name { get; }

    public SimLan? Lan { get; private set; }

    public IReadOnlyList<IPAddress> Addresses { get; private set; }

    public IReadOnlyList<SimUdpSocket> Sockets => _sockets;

    /// <summary>In another network now. Sockets stay; those bound to an address that is gone neither send nor hear.</summary>
    internal void Move(SimLan? lan, IReadOnlyList<IPAddress> addresses)
    {
        _lost.UnionWith(Addresses);
        _lost.ExceptWith(addresses);
        (Lan, Addresses) = (lan, addresses);
    }

    /// <summary>Not from an address that it had and lost. One that it never had is a test's own business.</summary>
    internal bool MaySendFrom(IPAddress address) => !_lost.Contains(address);

    internal void Bind(SimUdpSocket socket)
    {
        if (socket.Local.Port == 0)
        {
            while (_sockets.Any(other => other.Local.Port == _ephemeral))
            {
                _ephemeral++;
            }
            socket.Local.Port = _ephemeral++;
        }
        if (!socket.Shared && _sockets.Any(other => !other.Shared && other.Overlaps(socket)))
        {
            throw new InvalidOperationException($"{socket.Local} is taken at {Name}.");
        }
        _sockets.Add(socket);
    }

    internal void Close(SimUdpSocket socket) => _sockets.Remove(socket);

    /// <summary>The process died, and with it what it had bound.</summary>
    internal void CloseAll() => _sockets.Clear();
}
