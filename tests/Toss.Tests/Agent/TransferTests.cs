using Toss.Agent;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>What people are told of large content on its way.</summary>
public sealed class TransferTests
{
    private const int Second = 1_000_000;

    private DateTimeOffset _now = DateTimeOffset.UnixEpoch;

    [Fact]
    public void The_rate_is_that_of_the_last_seconds_and_the_rest_takes_as_long_as_that_says()
    {
        var transfer = New(100L * Second);
        transfer.StartAt(10L * Second);
        Assert.Null(transfer.Rate);
        transfer.Enter();
        Run(transfer, seconds: 20, bytes: Second);
        Assert.InRange(transfer.Rate ?? 0, 0.95 * Second, 1.05 * Second);
        Assert.InRange(transfer.Remaining?.TotalSeconds ?? 0, 66, 74);

        // What was before counts no more.
        Run(transfer, seconds: 6, bytes: 2 * Second);
        Assert.InRange(transfer.Rate ?? 0, 1.9 * Second, 2.1 * Second);
        Assert.Equal(42L * Second, transfer.Done);
    }

    [Fact]
    public void What_was_here_is_no_rate_and_nothing_is_said_of_what_stands_still()
    {
        var transfer = New(100L * Second);
        transfer.Enter();
        transfer.StartAt(50L * Second);
        _now += TimeSpan.FromSeconds(1);
        Assert.Null(transfer.Rate);
        Run(transfer, seconds: 3, bytes: Second);
        Assert.NotNull(transfer.Rate);
        transfer.Leave();
        _now += TimeSpan.FromSeconds(2);
        Assert.False(transfer.IsRunning);
        Assert.Null(transfer.Rate);
        Assert.Null(transfer.Remaining);
    }

    [Fact]
    public void It_is_never_more_than_all_nor_less_than_it_was()
    {
        var transfer = New(100);
        transfer.StartAt(60);
        transfer.StartAt(30);
        Assert.Equal(60, transfer.Done);
        transfer.Add(default(DeviceId), 70);
        Assert.Equal(100, transfer.Done);
    }

    private Transfer New(long total) => new(1, total, () => _now) { IsIncoming = true, Clip = null };

    private void Run(Transfer transfer, int seconds, int bytes)
    {
        for (var tenth = 0; tenth < 10 * seconds; tenth++)
        {
            _now += TimeSpan.FromMilliseconds(100);
            transfer.Add(default, bytes / 10);
        }
    }
}
