using Toss.Core.Ports;

namespace Toss.Testing.Simulation;

/// <summary>What happens in a world, drawn from its seed.</summary>
public static class SimPlan
{
    /// <summary>About as many as come from the moment when a code is shown until both are paired.</summary>
    private const int FramesOfJoin = 40;

    private static readonly StoreStep[] Steps =
    [
        StoreStep.RecordClip,
        StoreStep.SealDelivery,
        StoreStep.SendDelivery,
        StoreStep.OpenEnvelope,
        StoreStep.SealUnqueued,
        StoreStep.RecordReceipts,
        StoreStep.CompleteClip,
        StoreStep.RecordOutcome,
        StoreStep.MergeRoster,
        StoreStep.RecordUpload,
        StoreStep.DropSessions,
        StoreStep.Greet,
    ];

    /// <summary>
    /// A circle comes together, two rounds of trouble follow, and each ends with everything healed.
    /// </summary>
    public static IReadOnlyList<SimEvent> Draw(ulong seed)
    {
        var random = new SimRandom(seed);
        var plan = new List<SimEvent>();
        var devices = 1;
        var wanted = random.Next(2, 5);
        while (devices < wanted)
        {
            plan.Add(new SimEvent.Join(random.Next(0, devices)));
            devices++;
        }
        plan.Add(new SimEvent.Settle());
        var copies = 0;
        for (var round = 0; round < 2; round++)
        {
            var length = random.Next(8, 20);
            for (var i = 0; i < length; i++)
            {
                plan.Add(DrawOne(random, ref devices, ref copies));
                plan.Add(
                    new SimEvent.Sleep(
                        TimeSpan.FromMilliseconds(
                            random.Next(0, 4) switch
                            {
                                0 => 0,
                                1 => random.Next(1, 60),
                                2 => random.Next(60, 1000),
                                _ => random.Next(1000, 20_000),
                            }
                        )
                    )
                );
            }
            plan.Add(new SimEvent.Settle());
        }
        DrawMoves(seed, wanted, plan);
        DrawBrokenJoin(seed, wanted, plan);
        DrawWrongDay(seed, wanted, plan);
        return plan;
    }

    /// <summary>
    /// In one plan of three, a join breaks in the middle, and nobody mends it for a moment, or for longer than an Add waits to
    /// be confirmed. Drawn apart, as moves are.
    /// </summary>
    private static void DrawBrokenJoin(ulong seed, int devices, List<SimEvent> plan)
    {
        var random = new SimRandom(seed ^ 0x6a6f696e);
        if (random.Next(0, 3) != 0)
        {
            return;
        }
        var at = random.Next(FirstSettled(plan), plan.Count);
        var broken = new SimEvent.BrokenJoin(
            random.Next(0, devices),
            (JoinBreak)random.Next(0, 5),
            random.Next(0, FramesOfJoin)
        );
        plan.Insert(at, broken);
        if (random.Next(0, 2) == 0)
        {
            plan.Insert(at + 1, new SimEvent.Sleep(TimeSpan.FromSeconds(random.Next(300, 1500))));
        }
    }

    /// <summary>In one plan of three, somebody sets a device's clock a day ahead or back, and right again later.</summary>
    private static void DrawWrongDay(ulong seed, int devices, List<SimEvent> plan)
    {
        var random = new SimRandom(seed ^ 0x646179);
        if (random.Next(0, 3) != 0)
        {
            return;
        }
        var device = random.Next(0, devices);
        var by = TimeSpan.FromDays(random.Next(0, 2) == 0 ? 1 : -1);
        var first = random.Next(FirstSettled(plan), plan.Count);
        plan.Insert(first, new SimEvent.JumpClock(device, by));
        plan.Insert(random.Next(first + 1, plan.Count), new SimEvent.JumpClock(device, -by));
    }

    private static int FirstSettled(List<SimEvent> plan) => plan.FindIndex(happens => happens is SimEvent.Settle) + 1;

    /// <summary>
    /// In one plan of three, devices move to another relay and perhaps back, the first of which may be down then. Drawn
    /// apart, so that the plan of a seed is but for these what it was before there were any.
    /// </summary>
    private static void DrawMoves(ulong seed, int devices, List<SimEvent> plan)
    {
        var random = new SimRandom(seed ^ 0x6d6f766573);
        if (random.Next(0, 3) != 0)
        {
            return;
        }
        var first = FirstSettled(plan);
        for (var moves = random.Next(1, 4); moves > 0; moves--)
        {
            var at = random.Next(first, plan.Count);
            plan.Insert(at, new SimEvent.Move(random.Next(0, devices), random.Next(0, 2)));
        }
    }

    private static SimEvent DrawOne(SimRandom random, ref int devices, ref int copies)
    {
        var device = random.Next(0, devices);
        switch (random.Next(0, 100))
        {
            case < 40:
                return new SimEvent.Copy(device, ++copies, random.Next(0, 12) == 0 ? 80_000 : random.Next(0, 3000));
            case < 48:
                return new SimEvent.UserCopy(device, ++copies);
            case < 54:
                return new SimEvent.Cut(device);
            case < 60:
                return new SimEvent.Heal(device);
            case < 65:
                return new SimEvent.Kill(device);
            case < 72:
                return new SimEvent.Start(device);
            case < 82:
                return new SimEvent.KillAt(device, Steps[random.Next(0, Steps.Length)], random.Next(0, 2) == 0);
            case < 85:
                return new SimEvent.KillRelay();
            case < 88:
                return new SimEvent.StartRelay();
            case < 93:
                return new SimEvent.Tamper(device, (RelayTrick)random.Next(0, 4), random.Next(1, 4));
            case < 96:
                return new SimEvent.JumpClock(device, TimeSpan.FromSeconds(random.Next(-100, 101)));
            case < 98 when devices < 5:
                devices++;
                return new SimEvent.Join(device);
            default:
                return random.Next(0, 4) switch
                {
                    0 => new SimEvent.Heal(device),
                    1 => new SimEvent.Leave(device),
                    _ => new SimEvent.Revoke(device, random.Next(0, devices), random.Next(0, 2) == 0),
                };
        }
    }
}
