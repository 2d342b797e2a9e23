using Toss.Net;
using Toss.Testing;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Net;

/// <summary>What is taken for a sleep or a change, and how often it is told, in virtual time.</summary>
public sealed class NetworkWatchTests
{
    private readonly SimScheduler _scheduler = new();
    private readonly SimContext _process;
    private readonly SimClock _clock;
    private readonly NetworkContext _context;
    private readonly NetworkWatch _watch;
    private readonly List<(TimeSpan At, bool WasAway)> _told = [];

    public NetworkWatchTests()
    {
        _process = new SimContext(_scheduler, "watch");
        _clock = new SimClock(_scheduler, _process);
        _context = new NetworkContext(
            _clock,
            new SeededRandomSource(3),
            new NetworkOptions { Run = static loop => loop() }
        );
        _watch = new NetworkWatch(_context, wasAway => _told.Add((TimeSpan.FromTicks(_scheduler.Ticks), wasAway)));
        _process.Post(_ => _watch.Start(), null);
        _scheduler.RunFor(TimeSpan.FromSeconds(12));
    }

    [Fact]
    public void Nothing_is_told_while_nothing_happens()
    {
        _scheduler.RunFor(TimeSpan.FromHours(1));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task It_may_be_closed_twice()
    {
        var watch = new NetworkWatch(_context, static _ => { });
        await watch.DisposeAsync();
        await watch.DisposeAsync();
    }

    [Fact]
    public void A_sleep_is_told_once_soon_after_it()
    {
        _process.Sleep();
        _scheduler.RunFor(TimeSpan.FromMinutes(1));
        _process.WakeUp();
        var awake = TimeSpan.FromTicks(_scheduler.Ticks);
        _scheduler.RunFor(TimeSpan.FromMinutes(10));

        var (at, wasAway) = Assert.Single(_told);
        Assert.True(wasAway);
        Assert.InRange(at - awake, TimeSpan.Zero, NetworkWatch.Look + NetworkWatch.Spread);
    }

    [Fact]
    public void A_short_nap_and_a_clock_that_is_slewed_are_nothing()
    {
        _process.Sleep();
        _scheduler.RunFor(TimeSpan.FromSeconds(8));
        _process.WakeUp();
        _scheduler.RunFor(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 100; i++)
        {
            _clock.Offset += TimeSpan.FromMilliseconds(500);
            _scheduler.RunFor(TimeSpan.FromSeconds(5));
        }
        _clock.Offset -= TimeSpan.FromHours(1);
        _scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Empty(_told);
    }

    [Fact]
    public void A_burst_of_changes_is_one_piece_of_news_and_a_flood_is_told_now_and_then()
    {
        for (var i = 0; i < 20; i++)
        {
            _watch.Changed();
        }
        _scheduler.RunFor(TimeSpan.FromSeconds(3));
        Assert.False(Assert.Single(_told).WasAway);

        for (var i = 0; i < 600; i++)
        {
            _watch.Changed();
            _scheduler.RunFor(TimeSpan.FromMilliseconds(100));
        }
        // A minute of it, each told at most once in a rest.
        Assert.InRange(_told.Count - 1, 5, 12);
        Assert.All(
            _told.Zip(_told.Skip(1)),
            pair => Assert.True(pair.Second.At - pair.First.At >= NetworkWatch.Rest, $"{pair}")
        );
    }
}
