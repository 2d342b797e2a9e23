using System.Buffers.Binary;
using Toss.Crypto;

namespace Toss.Transport.Relay;

/// <summary>
/// How long to wait before the next attempt: grows from half a second to a minute and is drawn from its upper half, so
/// that the clients of a relay that restarts do not all come back in the same second.
/// </summary>
public sealed class ReconnectDelay(IRandomSource random)
{
    /// <summary>The first delay: a relay that restarts is back within it.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);

    /// <summary>The longest: a user who fixes the network does not want to wait longer.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private int _failures;

    /// <summary>The delay after one more failure: between half and the whole of min(0.5 s × 2ⁿ, 60 s).</summary>
    public TimeSpan Next()
    {
        var ceiling = TimeSpan.FromTicks(Math.Min(First.Ticks << Math.Min(_failures, 10), Longest.Ticks));
        _failures++;
        return Jitter(ceiling);
    }

    /// <summary>The delay the relay asked for, jittered the same way; does not grow.</summary>
    public TimeSpan Asked(TimeSpan delay) =>
        Jitter(TimeSpan.FromTicks(Math.Clamp(delay.Ticks, First.Ticks, Longest.Ticks)));

    /// <summary>After success: the next failure starts from the beginning.</summary>
    public void Reset() => _failures = 0;

    private TimeSpan Jitter(TimeSpan ceiling)
    {
        Span<byte> bytes = stackalloc byte[4];
        random.Fill(bytes);
        var fraction = BinaryPrimitives.ReadUInt32LittleEndian(bytes) / (double)uint.MaxValue;
        return ceiling * (0.5 + fraction / 2);
    }
}
