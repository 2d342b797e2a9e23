using Toss.Agent.Examination;
using Toss.Cli.Daemon;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Crypto;
using Toss.Crypto.Identity;
using Toss.Net;
using Toss.Platform;
using Toss.Platform.Clipboards;
using Toss.Platform.Hosting;

namespace Toss.Cli.Commands.Doctor;

/// <summary>
/// What can be looked at while no agent runs: the same network, clipboard and key store that one would use, opened for a moment.
/// Relays, NAT and clocks are not among it: where the relay is, only the agent can read.
/// </summary>
internal static class MachineExamination
{
    public static async Task<IReadOnlyList<DoctorCheck>> RunAsync(
        TossFolders folders,
        CancellationToken cancellation
    ) =>
        [
            .. await NetworkAsync(cancellation),
            await ClipboardAsync(cancellation),
            await KeyStoreAsync(folders, cancellation),
        ];

    private static async Task<IReadOnlyList<DoctorCheck>> NetworkAsync(CancellationToken cancellation)
    {
        var random = SystemRandomSource.Instance;
        try
        {
            // Sockets belong to a key; of this one nobody ever hears.
            using var key = DeviceKey.Generate(random);
            await using var network = new PeerNetwork(TimeProvider.System, random, DaemonHost.NetworkFromEnvironment());
            var beacon = new byte[32];
            random.Fill(beacon);
            network.ConfigureLinks(new LinkSettings(key, [beacon], Peers: [], ClockOffset: TimeSpan.Zero));
            var found = await network.ExamineAsync(cancellation);
            return [.. NetworkChecks.OfMachine(found), NetworkChecks.Firewall(found, seen: null)];
        }
        catch (ControlException wrong)
        {
            return [new DoctorCheck("udp", DoctorCheck.Problem, wrong.Code, wrong.Message, wrong.Hint)];
        }
    }

    private static async Task<DoctorCheck> ClipboardAsync(CancellationToken cancellation)
    {
        await using var clipboard = ClipboardSelector
            .Select(Environment.GetEnvironmentVariable, headless: false)
            .Clipboard;
        try
        {
            await clipboard.StartAsync(spool: null, cancellation);
        }
        catch (PlatformException problem)
        {
            return ClipboardCheck.Unusable(clipboard, problem.Message);
        }
        return await ClipboardCheck.OfAsync(clipboard, TimeProvider.System, cancellation);
    }

    private static async Task<DoctorCheck> KeyStoreAsync(TossFolders folders, CancellationToken cancellation)
    {
        const string Subject = "key-store";
        try
        {
            if (DeviceMarker.Read(folders) is not { } marker)
            {
                var next = await DeviceKeys.ChooseAsync(folders, null, SystemRandomSource.Instance, cancellation);
                using var unused = next.Store as IDisposable;
                return new DoctorCheck(
                    Subject,
                    DoctorCheck.Ok,
                    "no-device",
                    $"there is no device here yet; its key would go into the {next.Store.Kind}"
                );
            }
            // The marker is there: nothing is made, whatever the store says.
            var (secrets, kind) = await DeviceKeys.OpenAsync(folders, SystemRandomSource.Instance, cancellation);
            secrets.Dispose();
            return new DoctorCheck(Subject, DoctorCheck.Ok, kind, $"{kind}: can be opened");
        }
        catch (ControlException problem)
        {
            return new DoctorCheck(Subject, DoctorCheck.Problem, problem.Code, problem.Message, problem.Hint);
        }
        catch (PlatformException problem)
        {
            return new DoctorCheck(Subject, DoctorCheck.Problem, "unknown-kind", problem.Message, "update toss");
        }
    }
}
