using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>
/// A NAT with one public address: a port for each endpoint inside, whoever it writes to, and open only to those it wrote
/// to (RFC 4787 §4.1, §5: endpoint-independent mapping, address and port-dependent filtering).
/// </summary>
public sealed class SimNat(IPAddress outside, int firstPort = 60_000) : ISimGateway
{
    private readonly List<(IPEndPoint Inside, int Port, HashSet<IPEndPoint> Peers)> _mappings = [];
    private int _next = firstPort;

    public IReadOnlyList<IPAddress> Addresses { get; private set; } = [outside];

    /// <summary>
    /// It forgets all it mapped, as one that restarts or is out of memory: what goes out next gets another port, and what
    /// comes in for the old ones is dropped, also what is under way. With an address, that is another one too.
    /// </summary>
    public void Rebind(IPAddress? other = null)
    {
        _mappings.Clear();
        if (other is not null)
        {
            Addresses = [other];
        }
    }

    public SimDatagram? Leave(SimDatagram datagram)
    {
        var mapping = _mappings.Find(mapping => mapping.Inside.Equals(datagram.From));
        if (mapping.Peers is null)
        {
            mapping = (datagram.From, _next++, []);
            _mappings.Add(mapping);
        }
        mapping.Peers.Add(datagram.To);
        return datagram with { From = new IPEndPoint(Addresses[0], mapping.Port) };
    }

    public SimDatagram? Enter(SimDatagram datagram)
    {
        var mapping = _mappings.Find(mapping => mapping.Port == datagram.To.Port);
        var isOpen = Addresses.Contains(datagram.To.Address) && mapping.Peers?.Contains(datagram.From) == true;
        return isOpen ? datagram with { To = mapping.Inside } : null;
    }
}
