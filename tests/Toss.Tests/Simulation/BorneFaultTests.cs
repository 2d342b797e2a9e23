using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>Faults that the protocol makes good by itself: the model agrees all the same.</summary>
[Trait("Seeds", "all")]
public sealed class BorneFaultTests
{
    internal static readonly PlantedFault[] Faults =
    [
        // The sender heals: what it believes sent and nobody answers is sent again.
        PlantedFault.AcknowledgedEarly,
        // What no relay has is asked for, and stored then.
        PlantedFault.UploadSkipped,
    ];

    public static TheoryData<PlantedFault> Borne => [.. Faults];

    [Theory]
    [MemberData(nameof(Borne))]
    public void A_fault_that_the_protocol_bears_does_no_harm(PlantedFault fault)
    {
        for (ulong seed = 1; seed <= 8; seed++)
        {
            Assert.Null(SimRun.Of(seed, SimPlan.Draw(seed), device => PlantedPorts.Plant(device, fault)).Problem);
        }
    }
}
