using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>`toss status --json`; stable.</summary>
public sealed record StatusReport(
    DeviceStatus Device,
    DaemonStatus Daemon,
    ClipboardStatus Clipboard,
    KeyStoreStatusReport KeyStore,
    RelayStatus Relay,
    IReadOnlyList<PeerStatus> Peers,
    bool Paused,
    IReadOnlyList<WarningReport> Warnings
)
{
    /// <summary>When sharing goes on by itself; null if it is not paused, or until somebody resumes.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Relays beside this device's own at which it has a mailbox, for peers that live there.</summary>
    public IReadOnlyList<RelayStatus> OtherRelays { get; init; } = [];

    /// <summary>Ports that routers opened for this device.</summary>
    public IReadOnlyList<MappedPort> MappedPorts { get; init; } = [];

    /// <summary>Large content on its way, in the order it began.</summary>
    public IReadOnlyList<TransferReport> Transfers { get; init; } = [];
}

/// <param name="Address">`ADDRESS:PORT`, outside.</param>
/// <param name="Protocol">`pcp`, `nat-pmp`.</param>
public sealed record MappedPort(string Address, string Protocol);

public sealed record DeviceStatus(string Id, string Name, string Fingerprint);

public sealed record DaemonStatus(int Pid, string Version, long UptimeSeconds);

/// <summary>Backend: `wayland`, `x11`, `headless`, `none`. State: `starting`, `listening`, `lost`.</summary>
public sealed record ClipboardStatus(string Backend, string State);

public sealed record KeyStoreStatusReport(string Kind);

/// <summary>State: `none`, `connecting`, `connected`, `unreachable`, `refused`; the detail says why.</summary>
public sealed record RelayStatus(string? Url, string State, string? Detail)
{
    /// <summary>
    /// The detail in one word that stays: `version-toss` or `version-relay` (which to update), `version`, `token`, `certificate`,
    /// `replaced`, `other`; null without a detail.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Code { get; init; }
}

/// <param name="Pending">Messages not yet answered by this peer.</param>
/// <param name="Waiting">Why they wait, if they do: `peer away`, `mailbox full`, …</param>
public sealed record PeerStatus(string Id, string Name, bool Online, PathStatus? Path, int Pending, string? Waiting);

/// <summary>Kind: `lan`, `direct`, `relay`.</summary>
public sealed record PathStatus(string Kind, double? RttMs)
{
    /// <summary>Where the peer is, for a direct path: `ADDRESS:PORT`; the relay, for another.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Address { get; init; }

    /// <summary>When a direct path came to be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? Since { get; init; }

    /// <summary>The part of what was sent on a direct path that did not arrive, 0 to 1.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? Loss { get; init; }

    /// <summary>Why it is relayed, in words.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Why { get; init; }

    /// <summary>
    /// The same in one word that stays: `links-off`, `not-said`, `nats-differ` (of both devices), `nat-differs` (of this one),
    /// `peer-nat-differs`, `not-seen` (no relay tells this device how it is seen), `peer-not-seen`, `no-answer`.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WhyCode { get; init; }
}
