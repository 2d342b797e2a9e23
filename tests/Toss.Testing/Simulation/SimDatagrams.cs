using System.Net;
using System.Net.Sockets;

namespace Toss.Testing.Simulation;

/// <summary>Where datagrams go, and what the links do to them. Part of <see cref="SimNet"/>, with draws of its own.</summary>
internal sealed class SimDatagrams(SimNet net, SimScheduler scheduler, ulong seed)
{
    /// <summary>So that what datagrams draw is not what streams draw.</summary>
    private const ulong Salt = 0x7564_7000_0000_0000;

    private readonly SeededRandomSource _random = new(seed ^ Salt);
    private readonly Dictionary<string, SimNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string From, string To), Way> _ways = [];

    public SimNode Add(SimNode node)
    {
        DemandFree(node.Lan, node.Addresses, null);
        _nodes.Add(node.Name, node);
        return node;
    }

    public void Move(string name, SimLan? lan, IReadOnlyList<IPAddress> addresses)
    {
        var node = _nodes[name];
        DemandFree(lan, addresses, node);
        node.Move(lan, addresses);
    }

    public SimNode Node(string name) => _nodes[name];

    /// <summary>Bytes of packets that this node sent to that one, whether they arrived or not.</summary>
    public long SentBetween(string from, string to) => _ways.GetValueOrDefault((from, to))?.Sent ?? 0;

    public void CloseAll(string node)
    {
        if (_nodes.TryGetValue(node, out var gone))
        {
            gone.CloseAll();
        }
    }

    /// <summary>RFC 5771 and RFC 4291 §2.7.</summary>
    public static bool IsMulticast(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.IsIPv6Multicast
            : address.GetAddressBytes()[0] is >= 224 and < 240;

    public void Send(SimUdpSocket from, SimDatagram datagram)
    {
        var node = from.Node;
        if (IsMulticast(datagram.To.Address))
        {
            // Stays on the LAN, and comes back to its own node as well (IP_MULTICAST_LOOP).
            foreach (var near in _nodes.Values.Where(other => IsNear(node, other)))
            {
                Carry(node, near, datagram);
            }
            return;
        }
        if (node.Lan is { } own && Find(own, datagram.To.Address) is { } neighbour)
        {
            Carry(node, neighbour, datagram);
            return;
        }
        if (node.Lan is { } behind)
        {
            // A LAN without a gateway leads nowhere.
            if (behind.Gateway?.Leave(datagram) is not { } left)
            {
                return;
            }
            datagram = left;
        }
        if (Find(lan: null, datagram.To.Address) is { } open)
        {
            Carry(node, open, datagram);
        }
        else if (GatewayOf(datagram.To.Address) is { } far)
        {
            Carry(node, far, datagram);
        }
    }

    // Inside a LAN anything goes, but not twice; in the open internet an address is one node's or one gateway's.
    private void DemandFree(SimLan? lan, IReadOnlyList<IPAddress> addresses, SimNode? self)
    {
        foreach (var address in addresses)
        {
            if (Find(lan, address) is { } other && other != self)
            {
                throw new InvalidOperationException($"{address} is {other.Name}'s.");
            }
        }
    }

    private SimNode? Find(SimLan? lan, IPAddress address) =>
        _nodes.Values.FirstOrDefault(node => node.Lan == lan && node.Addresses.Contains(address));

    private SimLan? GatewayOf(IPAddress address) =>
        _nodes.Values.Select(node => node.Lan).FirstOrDefault(lan => lan?.Gateway?.Addresses.Contains(address) == true);

    private void Carry(SimNode from, SimNode to, SimDatagram datagram) =>
        Carry(from, to.Name, datagram, seen => Arrive(from, to, seen));

    // The far gateway decides when the datagram reaches it, not when it leaves.
    private void Carry(SimNode from, SimLan to, SimDatagram datagram) =>
        Carry(
            from,
            to.Name,
            datagram,
            seen =>
            {
                if (to.Gateway!.Enter(seen) is { } entered && Find(to, entered.To.Address) is { } inside)
                {
                    Arrive(from, inside, entered);
                }
            }
        );

    private void Carry(SimNode from, string to, SimDatagram datagram, Action<SimDatagram> arrive)
    {
        var link = net.LinkBetween(from.Name, to);
        if (!net.Carries(from.Name, to) || datagram.PacketSize > link.Mtu || Chance(link.Loss))
        {
            return;
        }
        if (link.DropsEcn && datagram.Ecn != SimEcn.NotEct)
        {
            return;
        }
        if (!_ways.TryGetValue((from.Name, to), out var way))
        {
            _ways.Add((from.Name, to), way = new Way());
        }
        way.Sent += datagram.PacketSize;
        if (way.Enter(link, datagram.PacketSize, scheduler.Ticks) is not { } leaves)
        {
            return;
        }
        datagram = Marked(datagram, link, way.Queued);
        for (var copies = Chance(link.Duplication) ? 2 : 1; copies > 0; copies--)
        {
            var arrives = leaves + link.Delay.Ticks + (long)(link.Jitter.Ticks * Fraction());
            arrives = Chance(link.Reordering)
                ? arrives + (long)(link.ReorderedBy.Ticks * Fraction())
                : way.InOrder(arrives);
            net.After(TimeSpan.FromTicks(arrives - scheduler.Ticks), () => arrive(datagram));
        }
    }

    private static bool IsNear(SimNode node, SimNode other) =>
        other == node || (node.Lan is { } lan && other.Lan == lan);

    private static SimDatagram Marked(SimDatagram datagram, SimLink link, long queued)
    {
        if (datagram.Ecn == SimEcn.NotEct)
        {
            return datagram;
        }
        if (link.BleachesEcn)
        {
            return datagram with { Ecn = SimEcn.NotEct };
        }
        return queued > link.MarksAbove?.Ticks ? datagram with { Ecn = SimEcn.Ce } : datagram;
    }

    private void Arrive(SimNode from, SimNode to, SimDatagram datagram)
    {
        // It may have moved while this was under way.
        var isThere = IsMulticast(datagram.To.Address) ? IsNear(from, to) : to.Addresses.Contains(datagram.To.Address);
        if (!isThere || !net.Carries(from.Name, to.Name))
        {
            return;
        }
        // The mark only where there is one, so that the logs of those who know nothing of it stay what they were.
        var mark = datagram.Ecn == SimEcn.NotEct ? "" : $" {datagram.Ecn}";
        net.Record(
            $"{from.Name}/{datagram.From}",
            $"{to.Name}/{datagram.To}{mark}",
            datagram.Payload.Length,
            datagram.Payload.Span
        );
        foreach (var socket in to.Sockets.Where(socket => socket.Takes(datagram.To)).ToList())
        {
            socket.Deliver(datagram);
        }
    }

    // Draws only where the answer is open: a link that loses nothing costs no draw.
    private bool Chance(double of) => of > 0 && Fraction() < of;

    private double Fraction()
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (1.0 + uint.MaxValue);
    }

    /// <summary>One direction of a link.</summary>
    private sealed class Way
    {
        private long _freeAt;
        private long _last;

        /// <summary>Ticks that the last one waited for those before it.</summary>
        public long Queued { get; private set; }

        /// <summary>Bytes in all.</summary>
        public long Sent { get; set; }

        /// <summary>When the last byte has left; null if the queue is full.</summary>
        public long? Enter(SimLink link, int bytes, long now)
        {
            Queued = 0;
            if (link.BytesPerSecond is not { } rate)
            {
                return now;
            }
            var starts = Math.Max(now, _freeAt);
            Queued = starts - now;
            if (Queued > link.Queue.Ticks)
            {
                return null;
            }
            return _freeAt = starts + (bytes * TimeSpan.TicksPerSecond / rate);
        }

        public long InOrder(long arrives) => _last = Math.Max(_last, arrives);
    }
}
