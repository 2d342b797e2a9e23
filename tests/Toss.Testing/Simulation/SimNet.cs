using System.Security.Cryptography;

namespace Toss.Testing.Simulation;

/// <summary>
/// The network of a world: nodes, links with delay, partitions, and byte streams over them that keep message bounds. A
/// partition holds what is under way; the streams end only when a side gives up, as TCP's do.
/// </summary>
public sealed class SimNet(SimScheduler scheduler, SimContext wires, ulong seed)
{
    private readonly SeededRandomSource _random = new(seed);
    private readonly HashSet<string> _cut = new(StringComparer.Ordinal);
    private readonly List<SimStream> _streams = [];
    private readonly IncrementalHash _log = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>One way, at least.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(5);

    /// <summary>On top of it, evenly spread.</summary>
    public TimeSpan Jitter { get; set; } = TimeSpan.FromMilliseconds(20);

    public long Frames { get; private set; }

    /// <summary>A digest of every frame carried, with its time: equal logs, equal runs.</summary>
    public string LogDigest => Convert.ToHexStringLower(_log.GetCurrentHash());

    public bool IsCut(string node) => _cut.Contains(node);

    /// <summary>Nothing goes to or from this node until <see cref="Heal"/>.</summary>
    public void Cut(string node) => _cut.Add(node);

    public void Heal(string node)
    {
        _cut.Remove(node);
        foreach (var stream in _streams.ToList())
        {
            stream.Pump();
        }
    }

    /// <summary>The process on this node died: its streams break, and the other sides hear of it.</summary>
    public void Break(string node)
    {
        foreach (var stream in _streams.Where(stream => stream.Touches(node)).ToList())
        {
            stream.Abort(node);
        }
    }

    /// <summary>Two ends of a new stream.</summary>
    internal SimStream Open(string from, string to)
    {
        var stream = new SimStream(this, from, to);
        _streams.Add(stream);
        return stream;
    }

    internal void Closed(SimStream stream) => _streams.Remove(stream);

    internal bool Carries(string a, string b) => !_cut.Contains(a) && !_cut.Contains(b);

    /// <summary>After the link's delay.</summary>
    internal void Later(Action arrive) => After(Delay + (Jitter * NextFraction()), arrive);

    internal void Record(string from, string to, int length, ReadOnlySpan<byte> frame)
    {
        Frames++;
        _log.AppendData(BitConverter.GetBytes(scheduler.Ticks));
        _log.AppendData(System.Text.Encoding.UTF8.GetBytes($"{from}>{to}:{length}"));
        _log.AppendData(frame);
    }

    private void After(TimeSpan delay, Action arrive)
    {
        var timer = new SimTimer(scheduler, wires, static state => ((Action)state!)(), arrive);
        timer.Change(delay, Timeout.InfiniteTimeSpan);
    }

    private double NextFraction()
    {
        Span<byte> bytes = stackalloc byte[4];
        _random.Fill(bytes);
        return BitConverter.ToUInt32(bytes) / (double)uint.MaxValue;
    }
}
