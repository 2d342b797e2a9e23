using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>
/// magic-wormhole as Debian has it: A's machine sends and B's takes, straight from one to the other; their meeting place runs on B's.
/// Programs and their pairing begin anew each time, as people use it.
/// </summary>
internal sealed class Wormhole : IAsyncDisposable
{
    private const int Port = 4000;

    private readonly LanWorld _world;
    private readonly RunningProgram _mailbox;
    private int _codes;

    private Wormhole(LanWorld world, RunningProgram mailbox) => (_world, _mailbox) = (world, mailbox);

    public static async Task<Wormhole> StartAsync(LanWorld world, string folder)
    {
        Directory.CreateDirectory(folder);
        var mailbox = world.MachineB.Start(
            "twist3",
            "wormhole-mailbox",
            $"--port=tcp:{Port}",
            $"--channel-db={folder}/channels.sqlite"
        );
        await mailbox.LineAsync(
            "the mailbox to listen",
            line => line.Contains("starting on", StringComparison.Ordinal)
        );
        return new Wormhole(world, mailbox);
    }

    /// <summary>From a file to a file: both programs are started at once.</summary>
    public async Task<LanLargeRun> CarryAsync(string file, string target)
    {
        var code = string.Create(CultureInfo.InvariantCulture, $"{++_codes}-bench-clip");
        var begin = Stopwatch.GetTimestamp();
        var sent = Task.Run(() =>
            _world.MachineA.Run("bash", "-c", Timed($"send --hide-progress --code {code} {file}"))
        );
        var taken = Task.Run(() =>
            _world.MachineB.Run("bash", "-c", Timed($"receive --hide-progress --accept-file -o {target} {code}"))
        );
        await Task.WhenAll(sent, taken);
        var took = Stopwatch.GetElapsedTime(begin);
        var length = new FileInfo(target).Length;
        File.Delete(target);
        return new LanLargeRun(
            LanLarge.Wormhole,
            length / 1e6 / took.TotalSeconds,
            Sshd.SpentIn(await sent),
            Sshd.SpentIn(await taken),
            0,
            0
        );
    }

    public ValueTask DisposeAsync() => _mailbox.DisposeAsync();

    /// <summary>bash tells the processor time of all that it waited for, in the last line.</summary>
    private static string Timed(string arguments) =>
        $"TIMEFORMAT='%U %S'; {{ time wormhole --relay-url ws://{LanWorld.AddressOfB}:{Port}/v1 "
        + $"--transit-helper tcp:{LanWorld.AddressOfB}:9 {arguments} >/dev/null 2>&1; }} 2>&1";
}
