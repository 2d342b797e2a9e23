using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>
/// Whole agents and a real router through copies, crashes, cuts and a relay that cheats: each seed must agree with the
/// reference model after every event.
/// </summary>
public sealed class SimSeedTests
{
    // Worlds are independent, and each runs on one thread: the tier has as many rows under way as there are processors.
    [Theory]
    [InlineData(1, 25)]
    [InlineData(26, 50)]
    public void The_first_seeds_agree_with_the_model(int from, int to) => Agree(from, to);

    [Theory]
    [InlineData(51, 100)]
    [InlineData(101, 150)]
    [InlineData(151, 200)]
    [InlineData(201, 250)]
    [InlineData(251, 300)]
    [InlineData(301, 350)]
    [InlineData(351, 400)]
    [InlineData(401, 450)]
    [InlineData(451, 500)]
    [Trait("Seeds", "all")]
    public void Every_seed_agrees_with_the_model(int from, int to) => Agree(from, to);

    [Fact]
    public void Two_runs_of_a_seed_are_the_same_to_the_byte()
    {
        const ulong seed = 7;
        var first = SimRun.Of(seed, SimPlan.Draw(seed), logged: true);
        var second = SimRun.Of(seed, SimPlan.Draw(seed), logged: true);
        Assert.Equal(first.Log, second.Log);
        Assert.Equal(first.World.Net.LogDigest, second.World.Net.LogDigest);
        Assert.True(first.World.Net.Frames > 100);
        Assert.NotEqual(first.World.Net.LogDigest, SimRun.Of(8, SimPlan.Draw(8)).World.Net.LogDigest);
    }

    /// <summary>The inviter believes in its connection still, and the pairing is what notices.</summary>
    [Fact]
    public void A_pairing_that_begins_while_the_relay_restarts_shows_a_code()
    {
        SimEvent[] plan =
        [
            new SimEvent.Join(0),
            new SimEvent.Join(0),
            new SimEvent.KillRelay(),
            new SimEvent.StartRelay(),
            new SimEvent.Join(2),
        ];
        Assert.Null(SimRun.Of(9159, plan).Problem);
    }

    private static void Agree(int from, int to)
    {
        var problems = new List<string>();
        for (var seed = (ulong)from; seed <= (ulong)to; seed++)
        {
            if (SimRun.Of(seed, SimPlan.Draw(seed)).Problem is { } problem)
            {
                problems.Add($"seed {seed}: {problem}; scripts/sim --seed {seed} shows it");
            }
        }
        Assert.True(problems.Count == 0, string.Join('\n', problems));
    }
}
