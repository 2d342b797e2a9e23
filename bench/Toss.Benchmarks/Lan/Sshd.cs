using System.Diagnostics;
using System.Globalization;
using Toss.Testing.Programs;

namespace Toss.Benchmarks.Lan;

/// <summary>OpenSSH on B's machine with keys of this run, for scp from A's.</summary>
internal sealed class Sshd : IAsyncDisposable
{
    private const int Port = 2222;

    private readonly LanWorld _world;
    private readonly string _folder;
    private readonly RunningProgram _server;

    private Sshd(LanWorld world, string folder, RunningProgram server) =>
        (_world, _folder, _server) = (world, folder, server);

    public static async Task<Sshd> StartAsync(LanWorld world, string folder)
    {
        Directory.CreateDirectory(folder);
        // Where it gives up its rights; a package's start script makes it.
        Directory.CreateDirectory("/run/sshd");
        foreach (var key in (string[])["host", "user"])
        {
            RunningProgram.Run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(folder, key)]);
        }
        var config = Path.Combine(folder, "config");
        await File.WriteAllTextAsync(
            config,
            $"""
            Port {Port}
            HostKey {folder}/host
            AuthorizedKeysFile {folder}/user.pub
            PermitRootLogin yes
            StrictModes no
            UsePAM no
            PidFile none
            Subsystem sftp internal-sftp
            """
        );
        var server = world.MachineB.Start("/usr/sbin/sshd", "-D", "-e", "-f", config);
        await server.LineAsync("sshd to listen", line => line.Contains("listening", StringComparison.Ordinal));
        return new Sshd(world, folder, server);
    }

    /// <summary>From a file to a file; the connection is made each time.</summary>
    public async Task<LanLargeRun> CarryAsync(string file, string target)
    {
        var before = ProcessUse.WithChildren(_server.Pid);
        var begin = Stopwatch.GetTimestamp();
        // bash tells the processor time of all that it waited for.
        var said = await Task.Run(() =>
            _world.MachineA.Run(
                "bash",
                "-c",
                $"TIMEFORMAT='%U %S'; {{ time scp -q -i {_folder}/user -P {Port} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null "
                    + $"-o LogLevel=ERROR {file} root@{LanWorld.AddressOfB}:{target}; }} 2>&1"
            )
        );
        var took = Stopwatch.GetElapsedTime(begin);
        var length = new FileInfo(target).Length;
        File.Delete(target);
        return new LanLargeRun(
            LanLarge.Scp,
            length / 1e6 / took.TotalSeconds,
            SpentIn(said),
            (ProcessUse.WithChildren(_server.Pid) - before).TotalSeconds,
            0,
            0
        );
    }

    /// <summary>Seconds, of what bash's `time` said with TIMEFORMAT='%U %S'.</summary>
    public static double SpentIn(string said) =>
        said.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .Sum(part => double.Parse(part, CultureInfo.InvariantCulture));

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
