namespace Toss.Testing.Net;

/// <summary>One direction of a <see cref="TapLink"/>: which frames pass, and when. Knows no clock and no device.</summary>
public sealed class TapWay(TapImpairment impairment, ulong seed)
{
    private const int EthernetHeader = 14;

    private readonly TapFates _fates = new(impairment, seed);
    private readonly PriorityQueue<byte[], (TimeSpan Due, long Order)> _frames = new();
    private readonly Queue<TimeSpan> _leaving = new();
    private TimeSpan _freeAt;
    private TimeSpan _last;
    private long _order;

    /// <summary>Of UDP and TCP only; what else a link carries (ARP, neighbour discovery) comes when the kernel likes.</summary>
    public long Entered { get; private set; }

    public long Lost { get; private set; }

    public long Overflowed { get; private set; }

    public long Duplicated { get; private set; }

    /// <summary>When the next frame arrives; null if none is under way.</summary>
    public TimeSpan? NextDue => _frames.TryPeek(out _, out var next) ? next.Due : null;

    public void Enter(ReadOnlySpan<byte> frame, TimeSpan now)
    {
        // Others are delayed and cost no draw: how many there are is not the seed's to say.
        var isCounted = IsUdpOrTcp(frame);
        var (isLost, isTwice, delay) = isCounted ? _fates.Next() : (false, false, impairment.Delay);
        Entered += isCounted ? 1 : 0;
        if (isLost)
        {
            Lost++;
            return;
        }
        if (Leaves(frame.Length, now) is not { } leaves)
        {
            Overflowed += isCounted ? 1 : 0;
            return;
        }
        var due = leaves + delay;
        if (delay >= impairment.Delay)
        {
            due = _last = TimeSpan.FromTicks(Math.Max(_last.Ticks, due.Ticks));
        }
        Duplicated += isTwice ? 1 : 0;
        for (var copies = isTwice ? 2 : 1; copies > 0; copies--)
        {
            _frames.Enqueue(frame.ToArray(), (due, _order++));
        }
    }

    /// <summary>The next frame that has arrived by now; null if there is none.</summary>
    public byte[]? Leave(TimeSpan now) => NextDue <= now ? _frames.Dequeue() : null;

    /// <summary>What is under way is lost.</summary>
    public void Clear()
    {
        _frames.Clear();
        _leaving.Clear();
        _freeAt = _last = TimeSpan.Zero;
    }

    private TimeSpan? Leaves(int bytes, TimeSpan now)
    {
        if (impairment.BitsPerSecond is not { } rate)
        {
            return now;
        }
        while (_leaving.TryPeek(out var gone) && gone <= now)
        {
            _leaving.Dequeue();
        }
        if (_leaving.Count >= impairment.Queue)
        {
            return null;
        }
        var starts = TimeSpan.FromTicks(Math.Max(now.Ticks, _freeAt.Ticks));
        _freeAt = starts + TimeSpan.FromTicks(bytes * 8 * TimeSpan.TicksPerSecond / rate);
        _leaving.Enqueue(_freeAt);
        return _freeAt;
    }

    private static bool IsUdpOrTcp(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < EthernetHeader + 20)
        {
            return false;
        }
        var protocol = (frame[12], frame[13]) switch
        {
            (0x08, 0x00) => frame[EthernetHeader + 9],
            (0x86, 0xDD) => frame[EthernetHeader + 6],
            _ => 0,
        };
        return protocol is 6 or 17;
    }
}
