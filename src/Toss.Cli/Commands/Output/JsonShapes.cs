using Toss.Control;

namespace Toss.Cli.Commands.Output;

// The stable shapes of `--json`. They hold exactly what is promised; `--verbose` prints the whole record instead.

internal sealed record StatusJson(
    DeviceStatus Device,
    DaemonStatus Daemon,
    ClipboardJson Clipboard,
    KeyStoreStatusReport KeyStore,
    RelayJson Relay,
    IReadOnlyList<RelayJson> OtherRelays,
    IReadOnlyList<MappedPort> MappedPorts,
    IReadOnlyList<PeerJson> Peers,
    IReadOnlyList<TransferReport> Transfers
)
{
    public static StatusJson Of(StatusReport report) =>
        new(
            report.Device,
            report.Daemon,
            new ClipboardJson(report.Clipboard.Backend),
            report.KeyStore,
            new RelayJson(report.Relay.Url, report.Relay.State),
            [.. report.OtherRelays.Select(other => new RelayJson(other.Url, other.State))],
            report.MappedPorts,
            [.. report.Peers.Select(peer => new PeerJson(peer.Id, peer.Name, peer.Online, peer.Path, peer.Pending))],
            report.Transfers
        );
}

internal sealed record ClipboardJson(string Backend);

internal sealed record RelayJson(string? Url, string State);

internal sealed record PeerJson(string Id, string Name, bool Online, PathStatus? Path, int Pending);

internal sealed record DeviceJson(string Id, string Name, bool Online, bool Self)
{
    public static DeviceJson Of(DeviceReport report) => new(report.Id, report.Name, report.Online, report.Self);
}

internal sealed record HistoryJson(
    string Id,
    DateTimeOffset At,
    HistoryOrigin Origin,
    IReadOnlyList<string> Types,
    long Size,
    string Preview,
    bool Pinned,
    IReadOnlyList<string> Tags
)
{
    public static HistoryJson Of(HistoryEntry entry) =>
        new(entry.Id, entry.At, entry.Origin, entry.Types, entry.Size, entry.Preview, entry.Pinned, entry.Tags);
}

internal sealed record PairCodeJson(string? Code, string Uri, DateTimeOffset ExpiresAt);

internal sealed record PairedJson(PairedDeviceJson Paired);

internal sealed record PairedDeviceJson(string Id, string Name);

internal sealed record PairFailedJson(PairErrorJson Error);

internal sealed record PairErrorJson(string Code, string Message);

internal sealed record UpJson(bool Started, int Pid, string Version);

/// <summary>What `--json` prints for a command that has nothing else to tell.</summary>
internal sealed record DoneJson(bool Done);

internal sealed record LogLineJson(string? At, string? Level, string? Source, string Message);
