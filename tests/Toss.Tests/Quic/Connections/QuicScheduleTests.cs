using Xunit;

namespace Toss.Tests.Quic.Connections;

/// <summary>Connections under a network that does its worst: the same 300 seeds in every run.</summary>
public sealed class QuicScheduleTests
{
    private const int Seeds = 300;
    private const int Groups = 10;

    public static TheoryData<int> AllGroups => [.. Enumerable.Range(0, Groups)];

    [Theory]
    [MemberData(nameof(AllGroups))]
    public void Everything_arrives_whatever_the_network_does(int group)
    {
        for (var seed = group; seed < Seeds; seed += Groups)
        {
            QuicSchedule.Run((ulong)seed);
        }
    }

    [Fact]
    public void Two_runs_of_a_seed_carry_equal_bytes_at_equal_times() =>
        Assert.Equal(QuicSchedule.Run(4711), QuicSchedule.Run(4711));
}
