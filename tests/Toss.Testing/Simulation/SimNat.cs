using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>
/// A NAT with one public address, open only to those who were written to (RFC 4787 §5: address and port-dependent filtering).
/// </summary>
/// <param name="outside">That address.</param>
/// <param name="isHard">
/// Another port for each that is written to (§4.1: address and port-dependent mapping), instead of one for each endpoint
/// inside.
/// </param>
public sealed class SimNat(IPAddress outside, bool isHard = false) : ISimGateway
{
    private const int FirstPort = 60_000;

    private readonly List<(IPEndPoint Inside, int Port, HashSet<IPEndPoint> Peers)> _mappings = [];
    private int _next = FirstPort;

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
        var mapping = _mappings.Find(mapping =>
            mapping.Inside.Equals(datagram.From) && (!isHard || mapping.Peers.Contains(datagram.To))
        );
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
