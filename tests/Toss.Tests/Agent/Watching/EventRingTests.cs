using Toss.Agent.Watching;
using Toss.Control;
using Xunit;

namespace Toss.Tests.Agent.Watching;

public sealed class EventRingTests
{
    private const int Capacity = 4;

    private readonly EventRing _ring = new("run", Capacity);

    [Fact]
    public void Each_event_has_the_next_number_and_is_read_once()
    {
        var before = _ring.Last;
        Add(3);
        Assert.True(_ring.TryReadAfter(before, 10, out var all));
        Assert.Equal([1L, 2, 3], all.Select(one => one.Sequence));
        Assert.Equal(["1", "2", "3"], all.Cast<ClipErased>().Select(one => one.Id));
        Assert.True(_ring.TryReadAfter(all[1].Position, 10, out var rest));
        Assert.Equal([3L], rest.Select(one => one.Sequence));
        Assert.True(_ring.TryReadAfter(_ring.Last, 10, out var none));
        Assert.Empty(none);
    }

    [Fact]
    public void No_more_than_asked_for_is_handed_over()
    {
        Add(4);
        Assert.True(_ring.TryReadAfter(new EventPosition("run", 0), 2, out var first));
        Assert.Equal([1L, 2], first.Select(one => one.Sequence));
    }

    [Theory]
    [InlineData(4, 0, true)]
    [InlineData(5, 0, false)]
    [InlineData(5, 1, true)]
    [InlineData(100, 96, true)]
    [InlineData(100, 95, false)]
    [InlineData(3, 4, false)]
    [InlineData(3, -1, false)]
    public void What_is_forgotten_or_was_never_told_is_not_gone_on_from(int told, long from, bool goesOn)
    {
        Add(told);
        Assert.Equal(goesOn, _ring.TryReadAfter(new EventPosition("run", from), 10, out var events));
        Assert.Equal(goesOn ? told - (int)from : 0, events.Count);
    }

    [Fact]
    public void Another_run_is_not_gone_on_from()
    {
        Add(3);
        Assert.False(_ring.TryReadAfter(new EventPosition("other", 2), 10, out _));
    }

    [Fact]
    public void After_a_break_nobody_goes_on_from_before_it()
    {
        Add(3);
        var before = _ring.Last;
        _ring.Break();
        Assert.False(_ring.TryReadAfter(before, 10, out _));
        Assert.True(_ring.TryReadAfter(_ring.Last, 10, out _));
        var after = _ring.Last;
        Add(1);
        Assert.True(_ring.TryReadAfter(after, 10, out var events));
        Assert.Single(events);
    }

    private void Add(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            _ring.Add(new ClipErased($"{i}"), DateTimeOffset.UnixEpoch);
        }
    }
}
