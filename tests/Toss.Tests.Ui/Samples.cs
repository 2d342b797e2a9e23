using Toss.Control;

namespace Toss.Tests.Ui;

/// <summary>What agents tell, small.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Now = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    public static readonly WatchedDevice Laptop = Device("ID-A", "laptop") with { Self = true };
    public static readonly WatchedDevice Phone = Device("ID-B", "phone");
    public static readonly WatchedDevice Desk = Device("ID-C", "desk") with { Online = false, Path = null };

    public static readonly HistoryEntry Text = new(
        "clip-1",
        Now,
        new HistoryOrigin("ID-A", "laptop"),
        ["text/plain;charset=utf-8", "text/html"],
        1234,
        "hello there",
        "complete",
        [new HistoryDelivery("ID-B", "phone", "applied", null), new HistoryDelivery("ID-C", "desk", "waiting", null)],
        HoldsClipboard: true
    );

    public static readonly HistoryEntry Picture = Text with
    {
        Id = "clip-2",
        Types = ["image/png"],
        Preview = "[image/png]",
        Origin = new HistoryOrigin("ID-B", "phone"),
        Deliveries = [],
    };

    public static readonly HistoryEntry Secret = Text with
    {
        Id = "",
        Types = [],
        Preview = "",
        State = "secret",
        Deliveries = [],
    };

    public static readonly TransferReport Transfer = new(
        7,
        "in",
        "phone",
        "clip-3",
        3_000_000,
        12_000_000,
        1_500_000,
        6,
        "running",
        null
    );

    public static readonly PairingOpened Opened = new(
        "pairing-1",
        "123-456 789",
        "toss://pair#abcdefghijklmnopqrstuvwxyz",
        Now.AddMinutes(5)
    );

    /// <summary>One setting of each kind, none at its default but the last two.</summary>
    public static readonly IReadOnlyList<ConfigEntry> Config =
    [
        new(ConfigKeys.Relay, "wss://relay.example/", "", "in English"),
        new(ConfigKeys.RelayToken, "(set)", "", "in English") { Kind = "secret" },
        new(ConfigKeys.MaxSize, "64", "4096", "in English")
        {
            Kind = "number",
            Lowest = 1,
            Highest = 4096,
            Unit = "MiB",
        },
        new(ConfigKeys.Metered, "on", "off", "in English") { Kind = "switch" },
        new(ConfigKeys.ReceiveFolder, "/home/me/Downloads", "/home/me", "in English") { Kind = "folder" },
        new(ConfigKeys.ExcludeApps, "", "", "in English") { Kind = "names" },
        new(ConfigKeys.Theme, "system", "system", "in English")
        {
            Kind = "choice",
            Choices = ["system", "light", "dark"],
        },
    ];

    /// <summary>The laptop let the phone in, and the phone the desk.</summary>
    public static readonly IReadOnlyList<DeviceReport> Reports =
    [
        new("ID-A", "laptop", true, true, "AAAA BBBB", null, null, null),
        new("ID-B", "phone", true, false, "CCCC DDDD", "laptop", "ID-A", Now),
        new("ID-C", "desk", false, false, "CCCC DDDD", "phone", "ID-B", Now),
    ];

    public static AgentSnapshot Snapshot(HistoryEntry? current = null, params WatchedDevice[] peers) =>
        new(
            new DeviceStatus("ID-A", "laptop", "AAAA BBBB"),
            new DaemonStatus(4711, "0.1.0", 3700),
            new ClipboardStatus("x11", "listening"),
            new KeyStoreStatusReport("secret-service"),
            new RelayStatus("wss://relay.example", "connected", null),
            [],
            [Laptop, .. peers],
            current,
            Paused: false,
            null,
            [],
            [],
            [],
            []
        )
        {
            Run = "run-1",
            Sequence = 1,
        };

    private static WatchedDevice Device(string id, string name) =>
        new(id, name, "CCCC DDDD", Self: false, Online: true, new PathStatus("lan", 0.4), 0, null);
}
