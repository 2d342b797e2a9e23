using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>A join that breaks, after any number of frames: the newcomer is a member for all, or for nobody.</summary>
[Trait("Seeds", "all")]
public sealed class BrokenJoinTests
{
    /// <summary>More than come from the code on until both are paired.</summary>
    private const int Frames = 40;

    private const ulong Seed = 17;

    /// <summary>
    /// For longer than an Add waits to be confirmed. A newcomer whose inviter was away all the time has sent its Card to the
    /// mailbox by then: that it was removed meanwhile it must hear all the same.
    /// </summary>
    [Theory]
    [InlineData(JoinBreak.KillMember)]
    [InlineData(JoinBreak.KillNewcomer)]
    [InlineData(JoinBreak.KillRelay)]
    [InlineData(JoinBreak.CutMember)]
    [InlineData(JoinBreak.CutNewcomer)]
    public void Nobody_joins_half(JoinBreak breaks)
    {
        foreach (var minutes in new[] { 0, 12 })
        {
            for (var frames = 0; frames <= Frames; frames += 4)
            {
                SimEvent[] plan =
                [
                    new SimEvent.Join(0),
                    new SimEvent.Settle(),
                    new SimEvent.BrokenJoin(1, breaks, frames),
                    new SimEvent.Sleep(TimeSpan.FromMinutes(minutes)),
                    new SimEvent.Settle(),
                ];
                var result = SimRun.Of(Seed, plan);
                Assert.True(result.Problem is null, $"{minutes} minutes, {frames} frames: {result.Problem}");
            }
        }
    }
}
