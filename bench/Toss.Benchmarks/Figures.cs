using System.Text;

namespace Toss.Benchmarks;

/// <summary>One size through Toss and through the bare echo, and the processor time one clip costs A, the relay and B.</summary>
internal sealed record Carried(int Bytes, Samples Toss, Samples Echo, TimeSpan CpuA, TimeSpan CpuRelay, TimeSpan CpuB);

/// <summary>A process that has nothing to do.</summary>
internal sealed record Idle(string Name, long PssKilobytes, int Threads, TimeSpan Cpu, double WakeUpsPerSecond);

/// <summary>All that is measured, in this order.</summary>
internal sealed record Figures(
    IReadOnlyList<Idle> Fresh,
    IReadOnlyList<Carried> Carried,
    IReadOnlyList<Idle> After,
    Samples Pairing,
    Samples Status,
    Samples Version,
    Backlog Backlog
)
{
    public static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(20);

    /// <summary>From the last activity: thread pools let their threads go, receipts are through.</summary>
    private static readonly TimeSpan SettleFor = TimeSpan.FromSeconds(30);

    /// <summary>People do not copy back to back: each clip finds everybody asleep.</summary>
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(50);

    private const int Seed = 1;

    public static async Task<Figures> MeasureAsync(NativeWorld world)
    {
        Say("idle, freshly paired");
        var fresh = await IdleAsync(world);
        var carried = new List<Carried>();
        await using (var clips = await ClipRun.StartAsync(world.A.Display, world.B.Display))
        await using (var echo = await EchoRun.StartAsync())
        {
            var random = new Random(Seed);
            foreach (
                var (bytes, warmUp, count) in ((int, int, int)[])[(32, 20, 200), (4096, 20, 200), (1 << 20, 5, 50)]
            )
            {
                Say($"{bytes} bytes, {count} times");
                carried.Add(await CarryAsync(world, clips, echo, random, bytes, warmUp, count));
            }
        }
        Say("idle, after all that");
        var after = await IdleAsync(world);
        Say("toss status");
        var status = await Samples.TakeAsync(5, 50, () => world.A.RunAsync("status"));
        var version = await Samples.TakeAsync(5, 50, () => world.A.RunAsync("--version"));
        Say("pairing");
        var pairing = await Samples.TakeAsync(1, 15, () => PairAsync(world));
        Say("many clips");
        return new Figures(fresh, carried, after, pairing, status, version, await Backlog.MeasureAsync(world));
    }

    private static async Task<Carried> CarryAsync(
        NativeWorld world,
        ClipRun clips,
        EchoRun echo,
        Random random,
        int bytes,
        int warmUp,
        int count
    )
    {
        int[] processes = [world.A.Process, world.RelayProcess, world.B.Process];
        var before = processes.Select(ProcessUse.Of).ToList();
        var toss = await Samples.TakeAsync(warmUp, count, () => OnceAsync(clips.CarryAsync));
        var use = processes
            .Zip(before, (process, then) => (ProcessUse.Of(process).Cpu - then.Cpu) / (warmUp + count))
            .ToList();
        var bare = await Samples.TakeAsync(warmUp, count, () => OnceAsync(echo.CarryAsync));
        return new Carried(bytes, toss, bare, use[0], use[1], use[2]);

        async Task<TimeSpan> OnceAsync(Func<byte[], Task<TimeSpan>> carry)
        {
            await Task.Delay(Between);
            return await carry(Encoding.ASCII.GetBytes(random.GetItems<char>("0123456789abcdef", bytes)));
        }
    }

    /// <summary>Two devices nobody knows, on their own: starting them is not part of it.</summary>
    private static async Task<TimeSpan> PairAsync(NativeWorld world)
    {
        await using var inviter = await world.StartDeviceAsync(world.RelayUrl, headless: true);
        await using var joiner = await world.StartDeviceAsync(null, headless: true);
        await inviter.ConnectAsync();
        return await inviter.PairAsync(joiner, world.RelayUrl);
    }

    private static async Task<IReadOnlyList<Idle>> IdleAsync(NativeWorld world)
    {
        (string Name, int Process)[] processes =
        [
            ("agent A", world.A.Process),
            ("agent B", world.B.Process),
            ("relay", world.RelayProcess),
        ];
        await Task.Delay(SettleFor);
        var before = processes.Select(process => ProcessUse.Of(process.Process)).ToList();
        await Task.Delay(IdleFor);
        return
        [
            .. processes.Zip(
                before,
                (process, then) =>
                {
                    var now = ProcessUse.Of(process.Process);
                    return new Idle(
                        process.Name,
                        now.PssKilobytes,
                        now.Threads,
                        now.Cpu - then.Cpu,
                        now.WakeUpsSince(then) / IdleFor.TotalSeconds
                    );
                }
            ),
        ];
    }

    private static void Say(string what) => Console.Error.WriteLine($"bench: {what}");
}
