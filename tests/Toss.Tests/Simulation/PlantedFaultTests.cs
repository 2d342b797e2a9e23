using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>The simulator can fail: each bug planted in the devices is found within the seeds that CI runs.</summary>
[Trait("Seeds", "all")]
public sealed class PlantedFaultTests
{
    public static TheoryData<PlantedFault> Faults => [.. Enum.GetValues<PlantedFault>()];

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_planted_fault_is_found(PlantedFault fault) =>
        Assert.True(
            Finds(device => device.Plant = store => PlantedStore.Around(store, fault)),
            $"500 seeds agree with the model although {fault} is planted."
        );

    /// <summary>As if the filter forgot at once: a clipboard that answers after its memory.</summary>
    [Fact]
    public void An_echo_filter_that_is_off_is_found() =>
        Assert.True(Finds(device => device.EchoAfter = TimeSpan.FromSeconds(11)));

    private static bool Finds(Action<SimDevice> prepare)
    {
        for (ulong seed = 1; seed <= 500; seed++)
        {
            if (SimRun.Of(seed, SimPlan.Draw(seed), prepare).Problem is not null)
            {
                return true;
            }
        }
        return false;
    }
}
