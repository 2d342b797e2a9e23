namespace Toss.Quic.Wire;

/// <summary>
/// An ACK frame in the packet it came in (RFC 9000 §19.3): <c>foreach</c> gives its ranges, largest first. All of them
/// were checked when it was read; there are at most half as many as the packet has bytes.
/// </summary>
internal readonly ref struct AckFrame
{
    private readonly ReadOnlySpan<byte> _ranges;
    private readonly long _first;

    private AckFrame(long largest, long delay, long first, long count, ReadOnlySpan<byte> ranges)
    {
        Largest = largest;
        Delay = delay;
        RangeCount = count + 1;
        _first = first;
        _ranges = ranges;
    }

    public long Largest { get; }

    /// <summary>As sent: microseconds shifted right by the sender's ack_delay_exponent.</summary>
    public long Delay { get; }

    /// <summary>At least 1.</summary>
    public long RangeCount { get; }

    public bool HasEcn { get; private init; }

    public EcnCounts Ecn { get; private init; }

    public Enumerator GetEnumerator() => new(this);

    /// <summary>What follows the type; false if it ends early or acknowledges negative numbers.</summary>
    public static bool TryRead(scoped ref SpanReader reader, bool hasEcn, out AckFrame ack)
    {
        ack = default;
        if (
            !reader.TryReadVarInt(out var largest)
            || !reader.TryReadVarInt(out var delay)
            || !reader.TryReadVarInt(out var count)
            || !reader.TryReadVarInt(out var first)
            || first > largest
            || count > reader.Left / 2
        )
        {
            return false;
        }
        var rest = reader.Rest;
        var start = reader.Position;
        var smallest = largest - first;
        for (var i = 0L; i < count; i++)
        {
            if (!reader.TryReadVarInt(out var gap) || !reader.TryReadVarInt(out var length))
            {
                return false;
            }
            // §19.3.1: a computed packet number below zero is an error.
            if (gap > smallest - 2 || length > smallest - 2 - gap)
            {
                return false;
            }
            smallest -= gap + length + 2;
        }
        var ranges = rest[..(reader.Position - start)];
        EcnCounts ecn = default;
        if (hasEcn)
        {
            if (
                !reader.TryReadVarInt(out var ect0)
                || !reader.TryReadVarInt(out var ect1)
                || !reader.TryReadVarInt(out var ce)
            )
            {
                return false;
            }
            ecn = new EcnCounts(ect0, ect1, ce);
        }
        ack = new AckFrame(largest, delay, first, count, ranges) { HasEcn = hasEcn, Ecn = ecn };
        return true;
    }

    internal ref struct Enumerator(AckFrame ack)
    {
        private SpanReader _ranges = new(ack._ranges);
        private readonly AckRange _first = new(ack.Largest - ack._first, ack.Largest);
        private bool _started;

        public AckRange Current { get; private set; }

        public bool MoveNext()
        {
            if (!_started)
            {
                _started = true;
                Current = _first;
                return true;
            }
            if (!_ranges.TryReadVarInt(out var gap) || !_ranges.TryReadVarInt(out var length))
            {
                return false;
            }
            var largest = Current.Smallest - gap - 2;
            Current = new AckRange(largest - length, largest);
            return true;
        }
    }
}
