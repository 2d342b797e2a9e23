using Microsoft.Extensions.Time.Testing;
using Toss.Agent;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

public sealed class TraceLogTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Stages_are_told_in_the_order_they_began_with_times_from_the_first()
    {
        var log = new TraceLog(_time);
        var begin = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(5));
        var middle = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        log.Add(Clip(1), Stages.Open, middle, _time.GetTimestamp(), "Opened");
        log.Add(Clip(1), Stages.Receive, begin, _time.GetTimestamp(), null);

        var report = Assert.Single(log.Report(10));

        Assert.Equal("in", report.Direction);
        Assert.Equal(
            [(Stages.Receive, 0.0, 7.0, (string?)null), (Stages.Open, 5.0, 2.0, "Opened")],
            report.Stages.Select(stage => (stage.Name, stage.AtMs, stage.TookMs, stage.Note))
        );
    }

    [Fact]
    public void The_oldest_clips_give_way()
    {
        var log = new TraceLog(_time);
        for (var i = 0; i < 250; i++)
        {
            log.Add(Clip(i), Stages.Capture, 0, 1, null);
        }

        var kept = log.Report(1000);

        Assert.Equal(200, kept.Count);
        Assert.Equal(Clip(249).ToString(), kept[0].Clip);
        Assert.Equal(Clip(50).ToString(), kept[^1].Clip);
        Assert.Equal("out", kept[0].Direction);
        Assert.Equal(3, log.Report(3).Count);
    }

    [Fact]
    public void One_clip_holds_a_bounded_number_of_stages()
    {
        var log = new TraceLog(_time);
        for (var i = 0; i < 1000; i++)
        {
            log.Add(Clip(1), Stages.Send, i, i + 1, null);
        }
        Assert.Equal(128, Assert.Single(log.Report(10)).Stages.Count);
    }

    private static ClipId Clip(int number) => ClipId.FromParts(number, new byte[10]);
}
