using Microsoft.Extensions.Logging;

namespace Toss.Agent;

/// <summary>Every line the agent logs: short ids, reasons, numbers. Never content, keys, codes, names or full ids.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(
        1,
        LogLevel.Information,
        "Agent {Version} started as device {Device}, {Peers} peers, clipboard {Backend}"
    )]
    public static partial void Started(this ILogger log, string version, string device, int peers, string backend);

    [LoggerMessage(2, LogLevel.Information, "Agent stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(3, LogLevel.Error, "{Loop} failed and ends the agent")]
    public static partial void LoopFailed(this ILogger log, string loop, Exception exception);

    [LoggerMessage(
        10,
        LogLevel.Information,
        "Clip {Clip} recorded: {Representations} representations, {Size} bytes, for {Peers} peers"
    )]
    public static partial void Recorded(this ILogger log, string clip, int representations, long size, int peers);

    [LoggerMessage(11, LogLevel.Information, "A copy was not shared: {Verdict}")]
    public static partial void NotAdmitted(this ILogger log, string verdict);

    [LoggerMessage(
        70,
        LogLevel.Warning,
        "A copy came round three times and is not shared again: another program carries clipboards between devices"
    )]
    public static partial void Bounced(this ILogger log);

    [LoggerMessage(71, LogLevel.Information, "Secret {Clip} went to {Peers} peers that are here; it is in no history")]
    public static partial void SecretShared(this ILogger log, string clip, int peers);

    [LoggerMessage(73, LogLevel.Information, "What {Peer} sent as a secret was not taken: too old, or not its own")]
    public static partial void SecretNotTaken(this ILogger log, string peer);

    [LoggerMessage(72, LogLevel.Information, "Secret {Clip} is gone from the clipboard")]
    public static partial void SecretCleared(this ILogger log, string clip);

    [LoggerMessage(12, LogLevel.Warning, "A copy could not be recorded: {Failure}")]
    public static partial void NotRecorded(this ILogger log, string failure, Exception exception);

    [LoggerMessage(20, LogLevel.Information, "Clip {Clip} from {Peer}: {Verdict}")]
    public static partial void Arrived(this ILogger log, string clip, string peer, string verdict);

    [LoggerMessage(24, LogLevel.Warning, "The content of clip {Clip} did not come from anybody in seven days")]
    public static partial void ClipExpired(this ILogger log, string clip);

    [LoggerMessage(21, LogLevel.Warning, "An envelope was not opened: {Status}")]
    public static partial void NotOpened(this ILogger log, string status);

    [LoggerMessage(
        22,
        LogLevel.Error,
        "An envelope could not be stored ({Failure}); it stays unacknowledged and is tried again"
    )]
    public static partial void NotStored(this ILogger log, string failure, Exception exception);

    [LoggerMessage(23, LogLevel.Warning, "Clip {Clip} was stored but not put on the clipboard")]
    public static partial void NotApplied(this ILogger log, string clip, Exception exception);

    [LoggerMessage(30, LogLevel.Debug, "Delivery to {Peer}: {Status}")]
    public static partial void Sent(this ILogger log, string peer, string status);

    [LoggerMessage(31, LogLevel.Warning, "Deliveries to {Peer} wait: {Reason}")]
    public static partial void DeliveriesWait(this ILogger log, string peer, string reason);

    [LoggerMessage(32, LogLevel.Information, "Healing the session with {Peer}: {Rows} deliveries are sealed again")]
    public static partial void Healing(this ILogger log, string peer, int rows);

    [LoggerMessage(33, LogLevel.Error, "{Work} failed; it is tried again")]
    public static partial void WorkFailed(this ILogger log, string work, Exception exception);

    [LoggerMessage(40, LogLevel.Information, "Blob {Blob} stored at the relay: {Status}")]
    public static partial void BlobStored(this ILogger log, string blob, string status);

    [LoggerMessage(41, LogLevel.Information, "Blob {Blob} fetched: {Status}")]
    public static partial void BlobFetched(this ILogger log, string blob, string status);

    [LoggerMessage(43, LogLevel.Debug, "Blob {Blob} to {Peer} over a link: {Chunks} chunks from {First} on")]
    public static partial void BlobServed(this ILogger log, string blob, string peer, int first, int chunks);

    [LoggerMessage(
        44,
        LogLevel.Debug,
        "Blob {Blob}: {Count} chunks from {First} on, {Came} came from {Peer}: {Status}"
    )]
    public static partial void RangeEnded(
        this ILogger log,
        string blob,
        int first,
        int count,
        int came,
        string peer,
        string status
    );

    [LoggerMessage(
        46,
        LogLevel.Information,
        "Blob {Blob}: {Count} chunks from {First} on, which {Slow} is slow with, come from {Other}"
    )]
    public static partial void RangeTakenOver(
        this ILogger log,
        string blob,
        int first,
        int count,
        string slow,
        string other
    );

    [LoggerMessage(45, LogLevel.Warning, "Blob {Blob} is not asked of {Peer} any more: {Why}")]
    public static partial void HolderPutAside(this ILogger log, string blob, string peer, string why);

    [LoggerMessage(50, LogLevel.Information, "Pairing opened")]
    public static partial void PairingOpened(this ILogger log);

    [LoggerMessage(51, LogLevel.Information, "Pairing ended: {Outcome}")]
    public static partial void PairingEnded(this ILogger log, string outcome);

    [LoggerMessage(52, LogLevel.Information, "Device {Device} joined the circle")]
    public static partial void Joined(this ILogger log, string device);

    [LoggerMessage(53, LogLevel.Information, "Device {Device} is no member any more")]
    public static partial void Removed(this ILogger log, string device);

    [LoggerMessage(54, LogLevel.Warning, "This device was removed from its circle")]
    public static partial void SelfRemoved(this ILogger log);

    [LoggerMessage(55, LogLevel.Information, "Farewell to {Device}: {Status}")]
    public static partial void FarewellSent(this ILogger log, string device, string status);

    [LoggerMessage(56, LogLevel.Warning, "The history shared with the circle that removed this device was erased")]
    public static partial void HistoryErased(this ILogger log);

    [LoggerMessage(
        59,
        LogLevel.Warning,
        "The history shared with the circle that removed this device was kept by its user"
    )]
    public static partial void HistoryKept(this ILogger log);

    [LoggerMessage(57, LogLevel.Information, "Device {Device} is back; {Rows} messages to it had expired")]
    public static partial void Reunion(this ILogger log, string device, int rows);

    [LoggerMessage(
        58,
        LogLevel.Warning,
        "This device was put back from a copy, or a copy of it runs elsewhere; certain: {Twice}"
    )]
    public static partial void Copied(this ILogger log, bool twice);

    [LoggerMessage(68, LogLevel.Information, "Paste of {Clip}: {Note}")]
    public static partial void Pasted(this ILogger log, string clip, string note);

    [LoggerMessage(66, LogLevel.Information, "{Clips} clips were deleted everywhere by another device")]
    public static partial void Withdrawn(this ILogger log, int clips);

    [LoggerMessage(60, LogLevel.Information, "Relay: {State} {Refusal}")]
    public static partial void RelayState(this ILogger log, string state, string? refusal);

    [LoggerMessage(62, LogLevel.Information, "Link to {Peer} opened: {Kind}, {Address}")]
    public static partial void LinkOpened(this ILogger log, string peer, string kind, string address);

    [LoggerMessage(63, LogLevel.Information, "Link to {Peer} ended after {Seconds} s: {Reason}")]
    public static partial void LinkEnded(this ILogger log, string peer, long seconds, string reason);

    [LoggerMessage(65, LogLevel.Information, "This device was away, asleep or stopped: its network is looked at anew")]
    public static partial void Awake(this ILogger log);

    [LoggerMessage(64, LogLevel.Information, "{Lines} lines about links were left out")]
    public static partial void LinksLeftOut(this ILogger log, int lines);

    [LoggerMessage(61, LogLevel.Information, "Clipboard: {State}")]
    public static partial void ClipboardState(this ILogger log, string state);
}
