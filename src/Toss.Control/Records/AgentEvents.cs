using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>
/// What an agent tells those that watch it. A snapshot comes first, then what changes; each event says how something is now and
/// not by how much it changed, so that one which the snapshot included already does no harm. Nothing secret is in them: no
/// code, no key, and of a secret clip only that it is there.
///
/// A new event is a record here with a line below; the JSON generator takes it from there.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(AgentSnapshot), "snapshot")]
[JsonDerivedType(typeof(CurrentChanged), "current")]
[JsonDerivedType(typeof(ClipRecorded), "clip-recorded")]
[JsonDerivedType(typeof(ClipApplied), "clip-applied")]
[JsonDerivedType(typeof(FilesReceived), "files-received")]
[JsonDerivedType(typeof(ClipStateChanged), "clip-state")]
[JsonDerivedType(typeof(ClipErased), "clip-erased")]
[JsonDerivedType(typeof(ClipMarked), "clip-marked")]
[JsonDerivedType(typeof(HistoryChanged), "history")]
[JsonDerivedType(typeof(DeliveryChanged), "delivery")]
[JsonDerivedType(typeof(DeviceJoined), "device-joined")]
[JsonDerivedType(typeof(DeviceChanged), "device")]
[JsonDerivedType(typeof(DeviceLeft), "device-left")]
[JsonDerivedType(typeof(PairingChanged), "pairing")]
[JsonDerivedType(typeof(RelayChanged), "relay")]
[JsonDerivedType(typeof(ClipboardChanged), "clipboard")]
[JsonDerivedType(typeof(PauseChanged), "pause")]
[JsonDerivedType(typeof(RulesChanged), "rules")]
[JsonDerivedType(typeof(ConfigChanged), "config")]
[JsonDerivedType(typeof(WarningsChanged), "warnings")]
[JsonDerivedType(typeof(TransferChanged), "transfer")]
[JsonDerivedType(typeof(TransferEnded), "transfer-ended")]
public abstract record AgentEvent
{
    /// <summary>With <see cref="Sequence"/>, the <see cref="EventPosition"/> to go on from.</summary>
    [JsonPropertyOrder(-3)]
    public string Run { get; init; } = "";

    [JsonPropertyOrder(-2)]
    public long Sequence { get; init; }

    [JsonPropertyOrder(-1)]
    public DateTimeOffset At { get; init; }

    [JsonIgnore]
    public EventPosition Position => new(Run, Sequence);
}

/// <summary>Everything a screen begins with; again when more was missed than is remembered.</summary>
/// <param name="Devices">This one first.</param>
/// <param name="Current">What holds the clipboards; null if nothing does.</param>
public sealed record AgentSnapshot(
    DeviceStatus Device,
    DaemonStatus Daemon,
    ClipboardStatus Clipboard,
    KeyStoreStatusReport KeyStore,
    RelayStatus Relay,
    IReadOnlyList<RelayStatus> OtherRelays,
    IReadOnlyList<WatchedDevice> Devices,
    HistoryEntry? Current,
    bool Paused,
    DateTimeOffset? PausedUntil,
    IReadOnlyList<RuleReport> Rules,
    IReadOnlyList<ConfigEntry> Config,
    IReadOnlyList<WarningReport> Warnings,
    IReadOnlyList<TransferReport> Transfers
) : AgentEvent;

/// <summary>Another clip holds the clipboards. A secret has no id, no types, no preview and the state `secret`.</summary>
public sealed record CurrentChanged(HistoryEntry? Clip) : AgentEvent;

/// <summary>Copied here, or arrived from another device: it is in history.</summary>
public sealed record ClipRecorded(HistoryEntry Clip) : AgentEvent;

/// <summary>It went to this device's clipboard. Outcome: `applied`, `deferred`, `overtaken`.</summary>
public sealed record ClipApplied(string Id, string Outcome) : AgentEvent;

/// <summary>Files that another device sent stand in a folder of this one.</summary>
/// <param name="From">Its name.</param>
/// <param name="Names">As they stand there, at the top.</param>
/// <param name="Bytes">Of all files.</param>
public sealed record FilesReceived(string Clip, string From, string Folder, IReadOnlyList<string> Names, long Bytes)
    : AgentEvent;

/// <summary>State: `complete` (all of it is here), `incomplete`, `lost`.</summary>
public sealed record ClipStateChanged(string Id, string State) : AgentEvent;

/// <summary>It is no more in this device's history: deleted here, or by another device everywhere.</summary>
public sealed record ClipErased(string Id) : AgentEvent;

/// <summary>It was pinned, tagged, or is no more.</summary>
public sealed record ClipMarked(string Id, bool Pinned, IReadOnlyList<string> Tags) : AgentEvent;

/// <summary>
/// More than one clip, or its deliveries, changed: whoever shows a list asks for it again. Reason: `deleted`, `restored`, `retention`,
/// `erased`, `deliveries`.
/// </summary>
public sealed record HistoryChanged(string Reason) : AgentEvent;

public sealed record DeliveryChanged(string Clip, HistoryDelivery Delivery) : AgentEvent;

public sealed record DeviceJoined(WatchedDevice Device) : AgentEvent;

/// <summary>What of it changed: `name`, `online`, `path`, `waiting`.</summary>
public sealed record DeviceChanged(WatchedDevice Device, IReadOnlyList<string> What) : AgentEvent;

public sealed record DeviceLeft(string Id, string Name) : AgentEvent;

/// <summary>
/// A pairing on this device. State: `opened`, `wrong-code`, `asked` (a newcomer proved the code and waits for the answer to
/// "Add NAME?"), `paired`, `failed`. Who shows the code has it from the pairing itself: it is not in here.
/// </summary>
/// <param name="Side">`show`, `join`.</param>
/// <param name="Code">Of a failure, one of <see cref="ControlErrors"/>.</param>
public sealed record PairingChanged(
    string Side,
    string State,
    string? PairingId = null,
    string? Id = null,
    string? Name = null,
    string? Fingerprint = null,
    string? Code = null,
    string? Message = null
) : AgentEvent;

public sealed record RelayChanged(RelayStatus Relay, IReadOnlyList<RelayStatus> OtherRelays) : AgentEvent;

/// <summary>The desktop's clipboard is lost, or back.</summary>
public sealed record ClipboardChanged(ClipboardStatus Clipboard) : AgentEvent;

public sealed record PauseChanged(bool Paused, DateTimeOffset? Until) : AgentEvent;

public sealed record RulesChanged(IReadOnlyList<RuleReport> Rules) : AgentEvent;

public sealed record ConfigChanged(IReadOnlyList<ConfigEntry> Config) : AgentEvent;

/// <summary>All that hold now: a clipboard that is carried round in circles, a disk that is full, a clock that is wrong.</summary>
public sealed record WarningsChanged(IReadOnlyList<WarningReport> Warnings) : AgentEvent;

/// <summary>Large content is on its way, or has come further: while anything moves, once a second.</summary>
public sealed record TransferChanged(TransferReport Transfer) : AgentEvent;

/// <summary>It is through, was stopped, or is given up: what became of the clip, its own events say.</summary>
public sealed record TransferEnded(int Id) : AgentEvent;

/// <summary>A device as screens show it.</summary>
/// <param name="Path">As it was then: round trips change all the time, and alone are no event.</param>
/// <param name="Pending">Messages not yet answered by it, when that was looked at.</param>
/// <param name="Waiting">Why they wait, if they do.</param>
public sealed record WatchedDevice(
    string Id,
    string Name,
    string Fingerprint,
    bool Self,
    bool Online,
    PathStatus? Path,
    int Pending,
    string? Waiting
);
