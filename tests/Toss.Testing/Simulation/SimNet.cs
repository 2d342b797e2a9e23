using System.Net;
using System.Security.Cryptography;

namespace Toss.Testing.Simulation;

/// <summary>
/// The network of a world: nodes with addresses, links between them, partitions, byte streams that keep message bounds, and
/// datagrams. A partition holds what is under way on a stream, which ends only when a side gives up, as TCP's do; a
/// datagram it swallows.
/// </summary>
public sealed class SimNet
{
    private readonly SimScheduler _scheduler;
    private readonly SimContext _wires;
    private readonly SimDatagrams _datagrams;
    private readonly SeededRandomSource _random;
    private readonly HashSet<string> _cut = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _parted = [];
    private readonly Dictionary<(string, string), SimLink> _links = [];
    private readonly List<SimStream> _streams = [];
    private readonly IncrementalHash _log = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public SimNet(SimScheduler scheduler, SimContext wires, ulong seed)
    {
        _scheduler = scheduler;
        _wires = wires;
        _random = new SeededRandomSource(seed);
        _datagrams = new SimDatagrams(this, scheduler, seed);
    }

    /// <summary>Every link of which <see cref="SetLink"/> said nothing.</summary>
    public SimLink Link { get; set; } = new();

    /// <summary>Frames and datagrams that arrived.</summary>
    public long Frames { get; private set; }

    /// <summary>What was in them.</summary>
    public long Bytes { get; private set; }

    /// <summary>A digest of everything carried, with its time: equal logs, equal runs.</summary>
    public string LogDigest => Convert.ToHexStringLower(_log.GetCurrentHash());

    /// <summary>A machine with addresses: in this LAN, or in the open internet. Needed for datagrams only.</summary>
    public SimNode AddNode(string name, SimLan? lan, params IReadOnlyList<IPAddress> addresses) =>
        _datagrams.Add(new SimNode(name, lan, addresses));

    public IReadOnlyList<IPAddress> AddressesOf(string node) => _datagrams.Node(node).Addresses;

    /// <summary>
    /// A node changes its network while its processes run, as a laptop does. Its old addresses are dead from this moment:
    /// what is under way to them is lost. Sockets bound to Any go on with the new addresses.
    /// </summary>
    public void Move(string node, SimLan? lan, params IReadOnlyList<IPAddress> addresses) =>
        _datagrams.Move(node, lan, addresses);

    /// <summary>A UDP socket of this process at this node.</summary>
    public SimUdpSocket Bind(string node, SimContext context, IPEndPoint local, bool shared = false)
    {
        var socket = new SimUdpSocket(_datagrams, _datagrams.Node(node), context, local, shared);
        socket.Node.Bind(socket);
        return socket;
    }

    /// <summary>
    /// What lies between two nodes, both ways. What goes to a node behind a gateway passes the link to its LAN, by the
    /// LAN's name.
    /// </summary>
    public void SetLink(string a, string b, SimLink link) => _links[Pair(a, b)] = link;

    public SimLink LinkBetween(string a, string b) => _links.GetValueOrDefault(Pair(a, b), Link);

    /// <summary>Bytes of datagrams, with their headers, that this node sent to that one, whether they arrived or not.</summary>
    public long DatagramBytes(string from, string to) => _datagrams.SentBetween(from, to);

    public bool IsCut(string node) => _cut.Contains(node);

    /// <summary>Nothing goes to or from this node until <see cref="Heal(string)"/>.</summary>
    public void Cut(string node) => _cut.Add(node);

    /// <summary>Nothing goes between these two.</summary>
    public void Cut(string a, string b) => _parted.Add(Pair(a, b));

    public void Heal(string node)
    {
        _cut.Remove(node);
        PumpAll();
    }

    public void Heal(string a, string b)
    {
        _parted.Remove(Pair(a, b));
        PumpAll();
    }

    /// <summary>The process on this node died: its streams break, and the other sides hear of it; its sockets are gone.</summary>
    public void Break(string node)
    {
        foreach (var stream in _streams.Where(stream => stream.Touches(node)).ToList())
        {
            stream.Abort(node);
        }
        _datagrams.CloseAll(node);
    }

    /// <summary>Two ends of a new stream.</summary>
    internal SimStream Open(string from, string to)
    {
        var stream = new SimStream(this, from, to);
        _streams.Add(stream);
        return stream;
    }

    internal void Closed(SimStream stream) => _streams.Remove(stream);

    internal bool Carries(string a, string b) =>
        !_cut.Contains(a) && !_cut.Contains(b) && !_parted.Contains(Pair(a, b));

    /// <summary>After the delay of the link between these two.</summary>
    internal void Later(string a, string b, Action arrive)
    {
        var link = LinkBetween(a, b);
        After(link.Delay + (link.Jitter * NextFraction()), arrive);
    }

    internal void After(TimeSpan delay, Action arrive)
    {
        var timer = new SimTimer(_scheduler, _wires, static state => ((Action)state!)(), arrive);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    internal void Record(string from, string to, int length, ReadOnlySpan<byte> frame)
    {
        Frames++;
        Bytes += length;
        _log.AppendData(BitConverter.GetBytes(_scheduler.Ticks));
        _log.AppendData(System.Text.Encoding.UTF8.GetBytes($"{from}>{to}:{length}"));
        _log.AppendData(frame);
    }

    private void PumpAll()
    {
        foreach (var stream in _streams.ToList())
        {
            stream.Pump();
        }
    }

    private double NextFraction()
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (double)uint.MaxValue;
    }

    private static (string, string) Pair(string a, string b) => string.CompareOrdinal(a, b) <= 0 ? (a, b) : (b, a);
}
