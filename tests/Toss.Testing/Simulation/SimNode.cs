using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>A LAN: its nodes reach one another directly and by multicast, and the rest through its gateway.</summary>
public sealed record SimLan(string Name, ISimGateway? Gateway);

/// <summary>A machine at the network. One without a LAN is in the open internet.</summary>
public sealed class SimNode(string name, SimLan? lan, IReadOnlyList<IPAddress> addresses)
{
    /// <summary>RFC 6335 §6: the range of ports that nobody was assigned.</summary>
    private const int FirstEphemeral = 49152;

    private readonly List<SimUdpSocket> _sockets = [];
    private int _ephemeral = FirstEphemeral;

    public string Name => name;

    public SimLan? Lan => lan;

    public IReadOnlyList<IPAddress> Addresses => addresses;

    public IReadOnlyList<SimUdpSocket> Sockets => _sockets;

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
            throw new InvalidOperationException($"{socket.Local} is taken at {name}.");
        }
        _sockets.Add(socket);
    }

    internal void Close(SimUdpSocket socket) => _sockets.Remove(socket);

    /// <summary>The process died, and with it what it had bound.</summary>
    internal void CloseAll() => _sockets.Clear();
}
