using Toss.Testing.Quic;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>
/// QUIC connections under a network that does its worst: the same 300 seeds in every run. <c>scripts/sim --quic</c> runs more.
/// </summary>
public sealed class QuicScheduleTests
{
    private const int Seeds = 300;
    private const int Quick = 30;
    private const int Groups = 9;

    public static TheoryData<int> AllGroups => [.. Enumerable.Range(0, Groups)];

    [Fact]
    public void In_the_first_schedules_everything_arrives_whatever_the_network_does() => Run(0, Quick, step: 1);

    [Theory]
    [Trait("Seeds", "all")]
    [MemberData(nameof(AllGroups))]
    public void Everything_arrives_whatever_the_network_does(int group) => Run(Quick + group, Seeds, Groups);

    /// <summary>Found by hunting; each showed something that was wrong.</summary>
    [Theory]
    [InlineData(1055)] // a server that had given up its last path answered nobody any more
    [InlineData(8522)] // BBR paced by what had come through in a blackout, and measured no more than that
    public void Schedules_that_once_failed(ulong seed) => QuicSchedule.Run(seed);

    [Fact]
    public void Two_runs_of_a_seed_carry_equal_bytes_at_equal_times() =>
        Assert.Equal(QuicSchedule.Run(4711), QuicSchedule.Run(4711));

    private static void Run(int from, int to, int step)
    {
        for (var seed = from; seed < to; seed += step)
        {
            QuicSchedule.Run((ulong)seed);
        }
    }
}
