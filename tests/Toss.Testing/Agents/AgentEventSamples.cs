using Toss.Control;

namespace Toss.Testing.Agents;

/// <summary>One of each kind of event, every field of it set.</summary>
public static class AgentEventSamples
{
    private static readonly DateTimeOffset at = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static readonly HistoryEntry clip = new(
        "clip-2",
        at,
        new HistoryOrigin("ID-B", "phone"),
        ["text/plain;charset=utf-8"],
        5,
        "hello",
        "complete",
        [new HistoryDelivery("ID-A", "laptop", "refused", "too-large")],
        true
    );

    private static readonly WatchedDevice device = new(
        "ID-B",
        "phone",
        "CCCC DDDD",
        Self: false,
        Online: true,
        new PathStatus("lan", 0.4) { Address = "192.0.2.7:4711", Since = at },
        Pending: 2,
        Waiting: "no path"
    );

    private static readonly RelayStatus relay = new("wss://relay.example", "refused", "the relay wants another token");

    private static readonly ClipboardStatus clipboard = new("x11", "listening");

    private static readonly TransferReport transfer = new(
        3,
        "in",
        "phone",
        "clip-2",
        1000,
        4000,
        500,
        6,
        "running",
        null
    );

    private static readonly RuleReport rule = new("out", "ID-B", "phone", "picture", "never", null);

    private static readonly ConfigEntry setting = new("history-days", "30", "90", "Days that history keeps a clip");

    public static IReadOnlyList<AgentEvent> All { get; } =
    [
        .. new AgentEvent[]
        {
            new AgentSnapshot(
                new DeviceStatus("ID-A", "laptop", "AAAA BBBB"),
                new DaemonStatus(4711, "0.1.0", 3700),
                clipboard,
                new KeyStoreStatusReport("secret-service"),
                relay,
                [relay],
                [device],
                clip,
                Paused: true,
                at,
                [rule],
                [setting],
                [new WarningReport("not-stored", "the disk is full")],
                [transfer]
            ),
            new CurrentChanged(clip),
            new ClipRecorded(clip),
            new ClipApplied("clip-2", "applied"),
            new ClipStateChanged("clip-2", "complete"),
            new FilesReceived("clip-1", "phone", "/home/anna/Downloads", ["report.pdf"], 4096),
            new ClipErased("clip-2"),
            new ClipMarked("clip-2", true, ["work", "<tag>"]),
            new HistoryChanged("retention"),
            new DeliveryChanged("clip-2", clip.Deliveries[0]),
            new DeviceJoined(device),
            new DeviceChanged(device, ["path"]),
            new DeviceLeft("ID-B", "phone"),
            new PairingChanged("show", "asked", "p", "ID-B", "phone", "CCCC", "busy", "why"),
            new RelayChanged(relay, [relay]),
            new ClipboardChanged(clipboard),
            new TransferChanged(transfer),
            new TransferEnded(transfer.Id),
            new PauseChanged(true, at),
            new RulesChanged([rule]),
            new ConfigChanged([setting]),
            new WarningsChanged([new WarningReport("not-stored", "the disk is full")]),
        }.Select((happened, index) => happened with { Run = "r1", Sequence = index + 1, At = at }),
    ];
}
