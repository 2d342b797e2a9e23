using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Quic;
using Toss.Testing.Simulation;

// Runs seeds of the simulated world; scripts/sim says how.
ulong from = 1;
ulong count = 50;
var verbose = false;
var quic = false;
Action<SimDevice>? prepare = null;
TimeSpan? patience = null;
for (var i = 0; i < args.Length; i += 2)
{
    if (args[i] == "--quic")
    {
        quic = true;
        i--;
        continue;
    }
    if (i + 1 < args.Length && args[i] == "--planted" && Enum.TryParse<PlantedFault>(args[i + 1], out var fault))
    {
        prepare = device => PlantedPorts.Plant(device, fault);
        patience = PlantedPorts.Patience;
        continue;
    }
    if (i + 1 == args.Length || !ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var value))
    {
        return Usage();
    }
    switch (args[i])
    {
        case "--seed":
            (from, count, verbose) = (value, 1, true);
            break;
        case "--seeds":
            count = value;
            break;
        case "--from":
            from = value;
            break;
        default:
            return Usage();
    }
}

var (ran, failed) = (0, 0);
var watch = Stopwatch.StartNew();
for (var seed = from; seed < from + count; seed++)
{
    ran++;
    if (quic)
    {
        failed += HasQuicProblem(seed, verbose) ? 1 : 0;
        continue;
    }
    var result = SimRun.Of(seed, SimPlan.Draw(seed), prepare, logged: verbose, patience: patience);
    if (verbose)
    {
        Console.Write(result.Log);
        Console.WriteLine(
            $"seed {seed}: {result.Problem ?? "agrees"}; {result.World.Scheduler.Steps} steps, {result.World.Net.Frames} frames, digest {result.World.Net.LogDigest}"
        );
    }
    if (result.Problem is null)
    {
        continue;
    }
    failed++;
    if (prepare is not null)
    {
        Console.WriteLine($"seed {seed} finds it: {result.Problem}");
        break;
    }
    var shortest = SimShrinker.Shrink(result);
    Console.WriteLine($"seed {seed}: {result.Problem}");
    Console.WriteLine($"  shortened to {shortest.Plan.Count} of {result.Plan.Count} events: {shortest.Problem}");
    foreach (var happens in shortest.Plan)
    {
        Console.WriteLine($"    {happens}");
    }
}
Console.WriteLine(
    $"{ran - failed} seeds agree, {failed} do not; {watch.Elapsed.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture)} s"
);
return failed == 0 ? 0 : 1;

static bool HasQuicProblem(ulong seed, bool verbose)
{
    try
    {
        var digest = QuicSchedule.Run(seed);
        if (verbose)
        {
            Console.WriteLine($"seed {seed}: agrees; digest {digest}");
        }
        return false;
    }
    catch (InvalidOperationException exception)
    {
        Console.WriteLine(verbose ? exception : exception.Message);
        return true;
    }
}

static int Usage()
{
    Console.Error.WriteLine("usage: scripts/sim --seed N | --seeds N [--from S] [--planted FAULT | --quic]");
    return 2;
}
