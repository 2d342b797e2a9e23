using System.Net;

namespace Toss.Testing.Simulation;

/// <summary>A UDP socket of one process. What arrives is heard on the process's own scheduler; a dead one hears nothing.</summary>
public sealed class SimUdpSocket : IDisposable
{
    private readonly SimDatagrams _net;
    private readonly SimContext _context;
    private readonly HashSet<IPAddress> _groups = [];

    internal SimUdpSocket(SimDatagrams net, SimNode node, SimContext context, IPEndPoint local, bool shared)
    {
        (_net, Node, _context, Shared) = (net, node, context, shared);
        Local = new IPEndPoint(local.Address, local.Port);
    }

    public SimNode Node { get; }

    /// <summary>The address may be Any or IPv6Any; port 0 becomes one of the ephemeral ports.</summary>
    public IPEndPoint Local { get; }

    /// <summary>Others may bind the same, as mDNS needs (SO_REUSEADDR).</summary>
    public bool Shared { get; }

    /// <summary>Called with each datagram that arrives.</summary>
    public Action<SimDatagram> Hears { get; set; } = static _ => { };

    /// <summary>Multicast for this group on the LAN is heard too.</summary>
    public void Join(IPAddress group) => _groups.Add(group);

    public void Leave(IPAddress group) => _groups.Remove(group);

    /// <summary>Fire and forget, as UDP is. The bytes are copied.</summary>
    /// <exception cref="InvalidOperationException">This node has no address of that family.</exception>
    public void SendTo(ReadOnlySpan<byte> payload, IPEndPoint to, SimEcn ecn = SimEcn.NotEct)
    {
        if (!_context.IsAlive || !Node.Sockets.Contains(this))
        {
            return;
        }
        var source = IsAny(Local.Address)
            ? Node.Addresses.FirstOrDefault(address => address.AddressFamily == to.AddressFamily)
            : Local.Address;
        if (source is null || source.AddressFamily != to.AddressFamily)
        {
            throw new InvalidOperationException($"{Node.Name} has no address to reach {to} from.");
        }
        if (!Node.MaySendFrom(source))
        {
            // Bound to an address that its node lost: nobody would carry it.
            return;
        }
        _net.Send(this, new SimDatagram(new IPEndPoint(source, Local.Port), to, payload.ToArray()) { Ecn = ecn });
    }

    public void Dispose() => Node.Close(this);

    internal bool Overlaps(SimUdpSocket other) =>
        Local.Port == other.Local.Port
        && Local.AddressFamily == other.Local.AddressFamily
        && (IsAny(Local.Address) || IsAny(other.Local.Address) || Local.Address.Equals(other.Local.Address));

    internal bool Takes(IPEndPoint to) =>
        Local.Port == to.Port
        && Local.AddressFamily == to.AddressFamily
        && (_groups.Contains(to.Address) || (!SimDatagrams.IsMulticast(to.Address) && IsBoundTo(to.Address)));

    internal void Deliver(SimDatagram datagram) =>
        _context.Post(
            _ =>
            {
                if (Node.Sockets.Contains(this))
                {
                    Hears(datagram);
                }
            },
            null
        );

    private bool IsBoundTo(IPAddress address) => IsAny(Local.Address) || Local.Address.Equals(address);

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}
