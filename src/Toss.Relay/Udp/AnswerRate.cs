using System.Net;
using System.Net.Sockets;

namespace Toss.Relay.Udp;

/// <summary>
/// How many answers leave in a second, in all and to one source, so that what a spoofed source gets is no flood and one that
/// asks without end takes nothing from the others. Sources are counted in a table of fixed size, by a hash that differs in each
/// process. Thread-safe.
/// </summary>
public sealed class AnswerRate(TimeProvider time)
{
    /// <summary>Of the relay: 104 KB/s of the longest.</summary>
    public const int PerSecond = 2_000;

    /// <summary>Of one IPv4 address or IPv6 /64: ten devices behind it may look where they are at once, at both ports, with repetitions.</summary>
    public const int PerSourceAndSecond = 50;

    /// <summary>So that of 2,000 sources in a second few share a count.</summary>
    private const int Sources = 16 * 1024;

    private readonly Lock _gate = new();
    private readonly byte[] _bySource = new byte[Sources];
    private long _second = long.MinValue;
    private int _answered;

    /// <summary>Counts one more answer, if it may leave.</summary>
    public bool TryCount(IPAddress source)
    {
        var second = time.GetTimestamp() / time.TimestampFrequency;
        var place = PlaceOf(source);
        lock (_gate)
        {
            if (second != _second)
            {
                _second = second;
                _answered = 0;
                Array.Clear(_bySource);
            }
            if (_answered >= PerSecond || _bySource[place] >= PerSourceAndSecond)
            {
                return false;
            }
            _answered++;
            _bySource[place]++;
            return true;
        }
    }

    private static int PlaceOf(IPAddress source)
    {
        source = source.IsIPv4MappedToIPv6 ? source.MapToIPv4() : source;
        Span<byte> bytes = stackalloc byte[16];
        _ = source.TryWriteBytes(bytes, out var length);
        var hash = new HashCode();
        hash.AddBytes(bytes[..(source.AddressFamily == AddressFamily.InterNetworkV6 ? length / 2 : length)]);
        return (int)((uint)hash.ToHashCode() % Sources);
    }
}
