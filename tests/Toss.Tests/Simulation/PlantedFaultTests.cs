using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>The simulator can fail: each bug planted in the devices is found within the seeds that CI runs.</summary>
[Trait("Seeds", "all")]
public sealed class PlantedFaultTests
{
    private const ulong Seeds = 500;

    /// <summary>The seed that finds it, as plans are now; where it does not any more, all are tried.</summary>
    private static readonly Dictionary<PlantedFault, ulong> Known = new()
    {
        // A clip is in history by its id, and a key opens once, so it doubles nothing: it is seen by a receipt that is
        // lost and never repeated.
        [PlantedFault.NotDeduplicated] = 3,
        [PlantedFault.OpensNotStored] = 2,
        [PlantedFault.SentIsAnswered] = 3,
        [PlantedFault.StepsTorn] = 21,
        [PlantedFault.OneReceiptForAll] = 14,
        [PlantedFault.ReceiptNotDue] = 2,
        [PlantedFault.RepeatsNotAnswered] = 12,
        [PlantedFault.HealedButNotSealed] = 12,
        [PlantedFault.FarewellForgotten] = 2,
        [PlantedFault.FutureClaims] = 10,
        [PlantedFault.NeverWhole] = 2,
        [PlantedFault.BlobStoredEarly] = 2,
        [PlantedFault.BlobsNotWritten] = 2,
        [PlantedFault.PresenceLost] = 3,
        [PlantedFault.ClockStopped] = 3,
        [PlantedFault.TimersLost] = 12,
        [PlantedFault.WallClockForDurations] = 28,
        [PlantedFault.RandomnessRepeats] = 4,
    };

    public static TheoryData<PlantedFault> Found => [.. Enum.GetValues<PlantedFault>().Except(BorneFaultTests.Faults)];

    [Theory]
    [MemberData(nameof(Found))]
    public void A_planted_fault_is_found(PlantedFault fault)
    {
        var first = Known.GetValueOrDefault(fault, 1UL);
        for (ulong i = 0; i < Seeds; i++)
        {
            var seed = ((first - 1 + i) % Seeds) + 1;
            var plan = Story(fault) ?? SimPlan.Draw(seed);
            // It is the fault that was found, and not the impatience.
            if (
                Run(seed, plan, device => PlantedPorts.Plant(device, fault)) is not null
                && Run(seed, plan, static _ => { }) is null
            )
            {
                return;
            }
        }
        Assert.Fail($"{Seeds} seeds agree with the model although {fault} is planted.");
    }

    private static string? Run(ulong seed, IReadOnlyList<SimEvent> plan, Action<SimDevice> prepare) =>
        SimRun.Of(seed, plan, prepare, patience: PlantedPorts.Patience).Problem;

    /// <summary>What no drawn plan has in it.</summary>
    private static IReadOnlyList<SimEvent>? Story(PlantedFault fault) =>
        fault switch
        {
            PlantedFault.RevokesForgotten =>
            [
                new SimEvent.Join(0),
                new SimEvent.Join(0),
                new SimEvent.Settle(),
                new SimEvent.Revoke(0, 1, KeepAdded: false),
                new SimEvent.Sleep(TimeSpan.FromSeconds(10)),
                new SimEvent.Kill(2),
                new SimEvent.Settle(),
            ],
            PlantedFault.ExpiredEarly =>
            [
                new SimEvent.Join(0),
                new SimEvent.Settle(),
                new SimEvent.Cut(0),
                new SimEvent.Copy(0, 1, 10),
                new SimEvent.Sleep(TimeSpan.FromDays(6.5)),
                new SimEvent.Settle(),
            ],
            _ => null,
        };
}
