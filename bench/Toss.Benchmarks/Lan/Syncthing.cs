using System.Diagnostics;
using Toss.Testing.Net;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>
/// Syncthing as Debian has it, on both machines, which know each other's address, and one folder that they share. What it would do
/// beside that (discovery, relays, reports) is off. A is told to look at the folder when something is in it.
/// </summary>
internal sealed class Syncthing : IAsyncDisposable
{
    private const string Key = "bench";
    private const string AddressOfA = "10.78.0.1";

    private readonly LanWorld _world;
    private readonly string _folder;
    private readonly RunningProgram _a;
    private readonly RunningProgram _b;
    private int _carried;

    private Syncthing(LanWorld world, string folder, RunningProgram a, RunningProgram b) =>
        (_world, _folder, _a, _b) = (world, folder, a, b);

    public static async Task<Syncthing> StartAsync(LanWorld world, string folder)
    {
        var (a, b) = (Identity($"{folder}/a"), Identity($"{folder}/b"));
        foreach (var (side, address) in ((string, string)[])[("a", AddressOfA), ("b", LanWorld.AddressOfB)])
        {
            Directory.CreateDirectory($"{folder}/{side}/shared/.stfolder");
            await File.WriteAllTextAsync(
                $"{folder}/{side}/config.xml",
                $"""
                <configuration version="36">
                  <folder id="bench" path="{folder}/{side}/shared" type="sendreceive" rescanIntervalS="0" fsWatcherEnabled="false">
                    <device id="{a}"></device>
                    <device id="{b}"></device>
                  </folder>
                  <device id="{a}" name="a"><address>tcp://{AddressOfA}:22000</address></device>
                  <device id="{b}" name="b"><address>tcp://{LanWorld.AddressOfB}:22000</address></device>
                  <gui enabled="true"><address>127.0.0.1:8384</address><apikey>{Key}</apikey></gui>
                  <options>
                    <listenAddress>tcp://{address}:22000</listenAddress>
                    <globalAnnounceEnabled>false</globalAnnounceEnabled>
                    <localAnnounceEnabled>false</localAnnounceEnabled>
                    <relaysEnabled>false</relaysEnabled>
                    <natEnabled>false</natEnabled>
                    <urAccepted>-1</urAccepted>
                    <startBrowser>false</startBrowser>
                    <crashReportingEnabled>false</crashReportingEnabled>
                    <autoUpgradeIntervalH>0</autoUpgradeIntervalH>
                    <reconnectionIntervalS>1</reconnectionIntervalS>
                    <setLowPriority>false</setLowPriority>
                  </options>
                </configuration>
                """
            );
        }
        var started = new Syncthing(
            world,
            folder,
            Start(world.MachineA, $"{folder}/a"),
            Start(world.MachineB, $"{folder}/b")
        );
        await Eventually.HoldsAsync(
            "Syncthing's connection",
            () => Task.FromResult(Ask(world.MachineA, "system/connections").Contains("\"connected\": true"))
        );
        return started;
    }

    /// <summary>From a file in A's folder, seen just now, until B's has it.</summary>
    public async Task<LanLargeRun> CarryAsync(string file)
    {
        var name = $"{++_carried}";
        var target = $"{_folder}/b/shared/{name}";
        RunningProgram.Run("ln", [file, $"{_folder}/a/shared/{name}"]);
        var before = (A: ProcessUse.Of(_a.Pid).Cpu, B: ProcessUse.Of(_b.Pid).Cpu);
        var begin = Stopwatch.GetTimestamp();
        Ask(_world.MachineA, "db/scan?folder=bench", "-X", "POST");
        await Eventually.HoldsAsync("the file at B", () => Task.FromResult(File.Exists(target)));
        var took = Stopwatch.GetElapsedTime(begin);
        return new LanLargeRun(
            LanLarge.Syncthing,
            new FileInfo(target).Length / 1e6 / took.TotalSeconds,
            (ProcessUse.Of(_a.Pid).Cpu - before.A).TotalSeconds,
            (ProcessUse.Of(_b.Pid).Cpu - before.B).TotalSeconds,
            0,
            0
        );
    }

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    private static string Identity(string home)
    {
        Directory.CreateDirectory(home);
        RunningProgram.Run("syncthing", ["generate", $"--home={home}", "--no-default-folder"]);
        return RunningProgram.Run("syncthing", ["--device-id", $"--home={home}"]).Trim();
    }

    /// <summary>Without the process that would start it anew: its own is the one that is measured.</summary>
    private static RunningProgram Start(LabNamespace machine, string home) =>
        machine.Start("env", "STMONITORED=yes", "syncthing", "serve", $"--home={home}", "--no-browser");

    private static string Ask(LabNamespace machine, string path, params IReadOnlyList<string> options)
    {
        try
        {
            return machine.Run(
                "curl",
                ["-sS", .. options, "-H", $"X-API-Key: {Key}", $"http://127.0.0.1:8384/rest/{path}"]
            );
        }
        catch (InvalidOperationException) when (options.Count == 0)
        {
            // It is not listening yet.
            return "";
        }
    }
}
