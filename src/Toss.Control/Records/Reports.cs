using System.Text.Json.Serialization;

namespace Toss.Control;

/// <summary>`toss devices --json`; stable. Fields after <paramref name="Self"/> serve `--verbose`.</summary>
public sealed record DeviceReport(
    string Id,
    string Name,
    bool Online,
    bool Self,
    string Fingerprint,
    string? AddedBy,
    string? AddedById,
    DateTimeOffset? LastAgreedAt
);

/// <summary>Value in force, its default, and one line of what it does.</summary>
public sealed record ConfigEntry(string Key, string Value, string Default, string Description)
{
    /// <summary>
    /// What a value is: `text`, `secret` (never told, only that it is set), `number`, `switch` (`on`, `off`), `names` (commas between),
    /// `folder` (an absolute path), `choice`.
    /// </summary>
    public string Kind { get; init; } = "text";

    /// <summary>The bounds of a number, both included.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Lowest { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Highest { get; init; }

    /// <summary>Of a number: `MiB`, `days`, `clips`.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Unit { get; init; }

    /// <summary>What a choice can be.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Choices { get; init; }
}

/// <summary>What became of `toss copy`. Clip is null if the content was an echo or empty; Reason says so.</summary>
public sealed record CopyReport(string? Clip, string? Reason, long Size, int Peers);

/// <summary>
/// `toss rules --json`; stable. One entry: a rule, or a size limit in MiB, for a direction (`out`, `in`) and whatever is not null
/// of device and type. The most specific rule holds; without one, `automatic`.
/// </summary>
public sealed record RuleReport(
    string Direction,
    string? Device,
    string? DeviceName,
    string? Type,
    string? Sharing,
    int? MaxMiB
);

/// <summary>What became of `toss send`. Names of devices that get it now, and of those that had it or have it coming.</summary>
public sealed record SendReport(string Clip, long Size, IReadOnlyList<string> Sent, IReadOnlyList<string> Had);

/// <summary>What became of `toss accept`. State: `applied`, `deferred` until the desktop is back, `overtaken` by another copy.</summary>
public sealed record AcceptReport(string Clip, string From, IReadOnlyList<string> Types, long Size, string State);

/// <summary>Content and its exact media type; the caller disposes the stream.</summary>
public sealed record PasteContent(string MediaType, Stream Content);

/// <summary>`toss history --json`; stable; newest first.</summary>
public sealed record HistoryEntry(
    string Id,
    DateTimeOffset At,
    HistoryOrigin Origin,
    IReadOnlyList<string> Types,
    long Size,
    string Preview,
    string State,
    IReadOnlyList<HistoryDelivery> Deliveries,
    bool HoldsClipboard
)
{
    /// <summary>The devices of which one has to be there for its content to come, by name; none of what is here, or comes now.</summary>
    public IReadOnlyList<string> WaitsFor { get; init; } = [];

    /// <summary>Retention does not take it.</summary>
    public bool Pinned { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];
}

public sealed record HistoryOrigin(string Id, string Name);

/// <summary>State: `waiting`, `sealed`, `sent`, `applied`, `kept`, `refused`, `expired`.</summary>
/// <param name="Reason">
/// Why it was refused. While large content waits for a place where the device finds it: `to-relay` (it goes there), `relay-full`,
/// `no-relay`, `unreadable`.
/// </param>
public sealed record HistoryDelivery(string Id, string Name, string State, string? Reason);

/// <summary>`toss bench --json`; stable. Rates in 10^6 bytes a second, round trips of single bytes in milliseconds.</summary>
/// <param name="Path">The link as it was measured; null if it ended meanwhile.</param>
/// <param name="Megabytes">10^6 bytes, that went each way.</param>
/// <param name="UpCpuMs">Processor time of this device's agent while they went there, in milliseconds.</param>
/// <param name="DownCpuMs">And while they came back.</param>
public sealed record BenchReport(
    string Id,
    string Name,
    PathStatus? Path,
    int Megabytes,
    double UpMBps,
    double DownMBps,
    double RttP50Ms,
    double RttP95Ms,
    double UpCpuMs = 0,
    double DownCpuMs = 0
);

/// <summary>One clip's way through the stages.</summary>
public sealed record TraceReport(
    string Clip,
    string Direction,
    DateTimeOffset StartedAt,
    IReadOnlyList<TraceStage> Stages
);

/// <summary>Milliseconds since the first stage began, and how long this one took.</summary>
public sealed record TraceStage(string Name, double AtMs, double TookMs, string? Note);
