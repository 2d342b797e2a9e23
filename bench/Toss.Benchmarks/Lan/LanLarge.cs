using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Toss.Benchmarks.Quic;
using Toss.Control;
using Toss.Testing.Platform;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>How one program moved a gibibyte from A to B: medians of the rounds.</summary>
/// <param name="Rate">10^6 bytes a second, from the command to its end.</param>
/// <param name="Sender">Processor seconds for it, of the agent or of all the processes on that side.</param>
/// <param name="SenderPeak">MiB of memory above what was in use before; 0 where nobody looked.</param>
internal sealed record LanLargeRun(
    string Program,
    double Rate,
    double Sender,
    double Receiver,
    double SenderPeak,
    double ReceiverPeak
);

/// <summary>A gibibyte beside `toss bench` and scp, small copies beside a gibibyte, and two of them at once.</summary>
/// <param name="Link">`toss bench`, 10^6 bytes a second, median of one before each round.</param>
/// <param name="Shares">Of two that were sent at once: the time of the slower one to that of the faster.</param>
internal sealed record LanLarge(
    double Link,
    IReadOnlyList<LanLargeRun> Runs,
    Samples SmallIdle,
    Samples SmallBeside,
    double Shares
)
{
    public const int Rounds = 3;
    public const string Paste = "`toss paste`";
    public const string Send = "`toss send`";
    public const string Scp = "scp";
    public const string Wormhole = "magic-wormhole";
    public const string Syncthing = "Syncthing";
    private const int MiB = 1024 * 1024;
    private const long Size = 1024L * MiB;
    private const int SmallCopies = 40;

    /// <summary>Content that no program takes for a text or a picture.</summary>
    private const string Type = "application/x-toss-bench";

    /// <summary>A clip every 100 ms is what is aimed at; it is behind when one takes longer.</summary>
    private static readonly TimeSpan s_between = TimeSpan.FromMilliseconds(100);

    public static async Task<LanLarge> MeasureAsync(LanWorld world)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["received"]);
        await world.B.JsonAsync("config", "receive-folder", folder["received"]);
        foreach (var device in (TossProgram[])[world.A, world.B])
        {
            await device.JsonAsync("config", "history-size", "65536");
        }
        await using var scp = await Sshd.StartAsync(world, folder["ssh"]);
        await using var wormhole = await Lan.Wormhole.StartAsync(world, folder["wormhole"]);
        await using var syncthing = await Lan.Syncthing.StartAsync(world, folder["syncthing"]);
        using var cache = FilledCache.Fill();
        var (links, runs) = (new List<double>(), new List<LanLargeRun>());
        for (var round = 0; round < Rounds; round++)
        {
            Console.Error.WriteLine($"bench: 1 GiB, round {round + 1} of {Rounds}");
            links.Add((await LanThroughput.TossAsync(world)).Rate);
            var file = Write(folder[$"noise-{round}"]);
            runs.Add(await PasteAsync(world, file));
            runs.Add(await SendAsync(world, file));
            runs.Add(await scp.CarryAsync(file, folder["by-scp"]));
            runs.Add(await wormhole.CarryAsync(file, folder["by-wormhole"]));
            runs.Add(await syncthing.CarryAsync(file));
        }
        var (idle, beside) = await SmallAsync(world, folder);
        return new LanLarge(
            Medians.Of(links, one => one),
            [
                .. runs.GroupBy(one => one.Program)
                    .Select(group => new LanLargeRun(
                        group.Key,
                        Medians.Of(group, one => one.Rate),
                        Medians.Of(group, one => one.Sender),
                        Medians.Of(group, one => one.Receiver),
                        group.Max(one => one.SenderPeak),
                        group.Max(one => one.ReceiverPeak)
                    )),
            ],
            idle,
            beside,
            await SharesAsync(world, folder)
        );
    }

    /// <summary>It lies sealed at A when it begins, as after a copy; it is over when the last byte is in the reader's hands.</summary>
    private static async Task<LanLargeRun> PasteAsync(LanWorld world, string file)
    {
        await world.A.CopyFileAsync(file, Type);
        await Eventually.HoldsAsync(
            "B to know of it",
            async () => (await world.B.Control.GetHistoryAsync(null, 1, default)) is [{ State: "offered" }]
        );
        return await OursAsync(
            world,
            Paste,
            async () =>
            {
                var content = await world.B.Control.PasteAsync(Type, Watchdog.Patience, default);
                await using var stream = content!.Content;
                var (buffer, length, read) = (new byte[MiB], 0L, 0);
                while ((read = await stream.ReadAsync(buffer)) > 0)
                {
                    length += read;
                }
                return length == Size ? 0 : throw new InvalidOperationException($"{length} bytes were pasted");
            }
        );
    }

    /// <summary>From a file to a file: read, sealed, carried, opened, written.</summary>
    private static Task<LanLargeRun> SendAsync(LanWorld world, string file) =>
        OursAsync(world, Send, async () => (await world.A.RunAsync("send", file, "--to", "bert")).Exits(0));

    private static async Task<LanLargeRun> OursAsync<T>(LanWorld world, string name, Func<Task<T>> carry)
    {
        int[] agents = [world.A.DaemonPid, world.B.DaemonPid];
        var before = agents.Select(ProcessUse.Of).ToList();
        var idle = agents.Select(ProcessMemory.ForgetPeak).ToList();
        var begin = Stopwatch.GetTimestamp();
        await carry();
        var took = Stopwatch.GetElapsedTime(begin);
        var cpu = agents.Zip(before, (agent, then) => (ProcessUse.Of(agent).Cpu - then.Cpu).TotalSeconds).ToList();
        var peak = agents.Zip(idle, (agent, then) => (ProcessMemory.Peak(agent) - then) / (double)MiB).ToList();
        return new LanLargeRun(name, Size / 1e6 / took.TotalSeconds, cpu[0], cpu[1], peak[0], peak[1]);
    }

    /// <summary>32 bytes every 100 ms, alone and beside gibibytes that follow each other.</summary>
    private static async Task<(Samples Idle, Samples Beside)> SmallAsync(LanWorld world, TemporaryFolder folder)
    {
        Console.Error.WriteLine("bench: small copies beside 1 GiB");
        await using var clips = await ClipRun.StartAsync(world.DisplayA, world.DisplayB);
        var idle = await TakeAsync(clips, "idle");
        using var enough = new CancellationTokenSource();
        var sending = SendOnAsync();
        var beside = await TakeAsync(clips, "beside");
        await enough.CancelAsync();
        await sending;
        return (idle, beside);

        async Task SendOnAsync()
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
            {
                await SendAsync(world, Write(folder[$"beside-{i % 2}"]));
            }
        }

        static async Task<Samples> TakeAsync(ClipRun clips, string name)
        {
            var taken = new List<double>();
            for (var i = 0; i < SmallCopies; i++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"{name} {i}").PadRight(LanClips.Small, '.');
                var took = await clips.CarryAsync(Encoding.ASCII.GetBytes(text));
                taken.Add(took.TotalMilliseconds);
                if (took < s_between)
                {
                    await Task.Delay(s_between - took);
                }
            }
            return new Samples(taken);
        }
    }

    private static async Task<double> SharesAsync(LanWorld world, TemporaryFolder folder)
    {
        Console.Error.WriteLine("bench: two of 1 GiB at once");
        string[] files = [Write(folder["one"]), Write(folder["other"])];
        var begin = Stopwatch.GetTimestamp();
        var took = await Task.WhenAll(
            files.Select(async file =>
            {
                await SendAsync(world, file);
                return Stopwatch.GetElapsedTime(begin).TotalSeconds;
            })
        );
        return took.Max() / took.Min();
    }

    private static string Write(string path)
    {
        using var stream = File.Create(path);
        var piece = new byte[MiB];
        for (long at = 0; at < Size; at += piece.Length)
        {
            RandomNumberGenerator.Fill(piece);
            stream.Write(piece);
        }
        return path;
    }
}
