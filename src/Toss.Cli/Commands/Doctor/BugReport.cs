using System.Net;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Toss.Control;
using Toss.Core.Ports;

namespace Toss.Cli.Commands.Doctor;

/// <summary>
/// What a bug report needs, fit to be published: made of words of this program and of numbers alone. No sentence that was made
/// for the owner is in it, since it may name a device, an address or a folder; nothing read from elsewhere is copied but what
/// says which system this is.
/// </summary>
internal sealed partial record BugReport(
    string Toss,
    DateTimeOffset At,
    BugReportSystem System,
    BugReportAgent? Agent,
    IReadOnlyList<BugReportCheck> Checks,
    IReadOnlyList<BugReportLog> Log
)
{
    /// <summary>Lines of the log, newest: which part said something, how grave, and which exception.</summary>
    private const int MostLines = 200;

    /// <param name="log">Lines as <see cref="Daemon.RollingLog"/> writes them, oldest first.</param>
    public static BugReport Of(
        DoctorReport doctor,
        StatusReport? status,
        IEnumerable<string> log,
        DateTimeOffset now,
        Func<string, string?> variable
    ) =>
        new(
            ProductVersion.Text,
            now,
            BugReportSystem.Of(variable),
            status is null ? null : BugReportAgent.Of(status),
            [
                .. doctor.Checks.Select(check => new BugReportCheck(
                    check.Subject,
                    check.State,
                    check.Code,
                    check.Figures
                )),
            ],
            [.. log.Select(LineOf).OfType<BugReportLog>().TakeLast(MostLines)]
        );

    private static BugReportLog? LineOf(string line) =>
        Head().Match(line) is { Success: true } head
            ? new BugReportLog(
                head.Groups["at"].Value,
                head.Groups["level"].Value,
                head.Groups["source"].Value,
                Thrown().Match(line) is { Success: true } thrown ? thrown.Groups["type"].Value : null
            )
            : null;

    // The source is a type's name; of other words nothing is taken.
    [GeneratedRegex(@"^(?<at>\d{4}-\d\d-\d\dT[\d:.]{12}Z) (?<level>[a-z]{4,5}) (?<source>[A-Za-z.]{1,80}) ")]
    private static partial Regex Head();

    [GeneratedRegex(@" \| (?<type>(System|Toss|Microsoft)(\.[A-Za-z]{1,40}){1,6}Exception)\b")]
    private static partial Regex Thrown();
}

/// <param name="Os">The distribution's own name for itself.</param>
/// <param name="Session">`x11`, `wayland`, `tty`, or none.</param>
internal sealed record BugReportSystem(string Os, string Kernel, string Architecture, string Runtime, string Session)
{
    public static BugReportSystem Of(Func<string, string?> variable) =>
        new(
            RuntimeInformation.OSDescription,
            Environment.OSVersion.Version.ToString(),
            RuntimeInformation.OSArchitecture.ToString(),
            RuntimeInformation.FrameworkDescription,
            variable("XDG_SESSION_TYPE") switch
            {
                "x11" => "x11",
                "wayland" => "wayland",
                "tty" => "tty",
                _ => "none",
            }
        );
}

internal sealed record BugReportAgent(
    string Version,
    long UptimeSeconds,
    string Clipboard,
    string KeyStore,
    string Relay,
    IReadOnlyList<string> OtherRelays,
    IReadOnlyList<BugReportPeer> Peers,
    bool Paused,
    int Warnings
)
{
    public static BugReportAgent Of(StatusReport status) =>
        new(
            status.Daemon.Version,
            status.Daemon.UptimeSeconds,
            $"{status.Clipboard.Backend} {status.Clipboard.State}",
            status.KeyStore.Kind,
            status.Relay.State,
            [.. status.OtherRelays.Select(relay => relay.State)],
            [.. status.Peers.Select(BugReportPeer.Of)],
            status.Paused,
            status.Warnings.Count
        );
}

/// <summary>A peer without its name: how it is reached.</summary>
/// <param name="Address">What kind of address, see <see cref="AddressKind"/>; null for a relayed path.</param>
internal sealed record BugReportPeer(
    bool Online,
    string? Path,
    string? Address,
    double? RttMs,
    double? Loss,
    int Pending
)
{
    public static BugReportPeer Of(PeerStatus peer) =>
        new(
            peer.Online,
            peer.Path?.Kind,
            peer.Path?.Address is { } address && IPEndPoint.TryParse(address, out var there)
                ? AddressKind.Of(there.Address)
                : null,
            peer.Path?.RttMs is { } rtt ? Math.Round(rtt, 1) : null,
            peer.Path?.Loss,
            peer.Pending
        );
}

internal sealed record BugReportCheck(
    string Subject,
    string State,
    string Code,
    IReadOnlyDictionary<string, double>? Figures
);

internal sealed record BugReportLog(string At, string Level, string Source, string? Exception);
