using System.Globalization;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Core.Sync;
using Toss.Wire;

namespace Toss.Agent;

/// <summary>The settings a person may change, each with its bounds, its default and what it does.</summary>
internal sealed class AgentSettings(Device device, string? receiveFolder = null)
{
    private const string On = "on";
    private const string Off = "off";

    /// <summary>Programs that a list may name: more than anybody excludes.</summary>
    private const int MostNames = 64;

    private const int MostNamesLength = 4096;

    private const long MostFetched = Limits.Content / 1024 / 1024;

    private readonly Setting[] _all =
    [
        Number(
            "max-size",
            Limits.Content / 1024 / 1024,
            1,
            Limits.Content / 1024 / 1024,
            "Largest copy that is shared, MiB"
        ),
        Number(
            "fetch-direct",
            Limits.HeldContent / 1024 / 1024,
            0,
            MostFetched,
            "Largest content that comes at once from a device reached directly, MiB; more comes when you paste"
        ),
        Number("fetch-relayed", 1, 0, MostFetched, "The same through a relay"),
        Switch("metered", Off, "This device pays for what it receives: large content comes only when you paste"),
        Number("history-clips", 10_000, 0, 1_000_000, "Clips that history keeps"),
        Number("history-days", 90, 1, 36_500, "Days that history keeps a clip"),
        Number("history-size", 2048, 1, 1_048_576, "Disk space that history may use, MiB"),
        Days("text", "texts"),
        Days("url", "addresses"),
        Days("picture", "pictures"),
        Days("other", "what is neither text, address nor picture"),
        Switch(
            "share-secrets",
            On,
            "Passwords go to devices that are there, for a minute and into no history; off: they stay here"
        ),
        Names(
            "exclude-apps",
            "Programs whose copies stay here, by name, commas between; where the desktop says who copied"
        ),
        Folder("receive-folder", receiveFolder ?? "", "Where files that are sent to this device are put"),
        Switch("detect-secrets", On, "One-time codes, card numbers and private keys are secrets, also without a hint"),
    ];

    /// <summary>Null if there is none: then files stay in history.</summary>
    public string? ReceiveFolder => Value("receive-folder") is { Length: > 0 } folder ? folder : null;

    public long MaxContent => NumberOf("max-size") * 1024 * 1024;

    public FetchPolicy Fetching =>
        new(NumberOf("fetch-direct") * 1024 * 1024, NumberOf("fetch-relayed") * 1024 * 1024, Value("metered") == On);

    public IReadOnlyList<string> Excluded => Value("exclude-apps").Split(',', StringSplitOptions.RemoveEmptyEntries);

    public SecretRules Secrets => new(Value("share-secrets") == On, Value("detect-secrets") == On);

    public Retention Retention =>
        new(
            (int)NumberOf("history-clips"),
            NumberOf("history-size") * 1024 * 1024,
            TimeSpan.FromDays(NumberOf("history-days"))
        );

    /// <summary>With kinds that are kept for a shorter time.</summary>
    public Retention RetentionByKind =>
        Retention with
        {
            AgeOf = new[] { ClipKind.Text, ClipKind.Url, ClipKind.Picture, ClipKind.Other }
                .Select(kind => (Kind: kind, Days: NumberOf(DaysOf(SharingRules.Word(kind)))))
                .Where(own => own.Days > 0)
                .ToDictionary(own => own.Kind, own => TimeSpan.FromDays(own.Days)),
        };

    public IReadOnlyList<ConfigEntry> Report() => [.. _all.Select(Report)];

    public ConfigEntry Report(string key) => Report(Find(key));

    /// <summary>The settings with this one changed; throws if the key or the value is not valid, naming the key.</summary>
    public IReadOnlyDictionary<string, string> With(string key, string? value)
    {
        var setting = Find(key);
        var changed = new Dictionary<string, string>(device.Record.Settings);
        if (value is null)
        {
            changed.Remove(key);
            return changed;
        }
        changed[key] =
            setting.Read(value)
            ?? throw new ControlException(
                ControlErrors.InvalidConfig,
                $"{key}: {setting.Needed} is needed.",
                setting.Description
            );
        return changed;
    }

    private long NumberOf(string key) => long.Parse(Value(key), CultureInfo.InvariantCulture);

    private string Value(string key) => Value(Find(key));

    /// <summary>What another version stored and this one cannot read is the default.</summary>
    private string Value(Setting setting) =>
        (device.Record.Settings.TryGetValue(setting.Key, out var text) ? setting.Read(text) : null) ?? setting.Default;

    private ConfigEntry Report(Setting setting) =>
        new(setting.Key, Value(setting), setting.Default, setting.Description);

    private Setting Find(string key) =>
        _all.FirstOrDefault(setting => setting.Key == key)
        ?? throw new ControlException(
            ControlErrors.InvalidConfig,
            $"{key}: no such setting.",
            $"Settings: relay, relay-token, {string.Join(", ", _all.Select(setting => setting.Key))}."
        );

    private static Setting Number(string key, long initially, long lowest, long highest, string description) =>
        new(
            key,
            initially.ToString(CultureInfo.InvariantCulture),
            description,
            $"a whole number from {lowest} to {highest}",
            text =>
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= lowest
                && number <= highest
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : null
        );

    private static Setting Days(string kind, string what) =>
        Number(
            DaysOf(kind),
            0,
            0,
            36_500,
            $"Days that history keeps {what}, if fewer than history-days; 0: as all others"
        );

    private static string DaysOf(string kind) => $"history-days-{kind}";

    private static Setting Names(string key, string description) =>
        new(
            key,
            "",
            description,
            $"a list of at most {MostNames} names without control characters",
            text =>
            {
                var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
                return text.Length <= MostNamesLength && names.Length <= MostNames && !text.Any(char.IsControl)
                    ? string.Join(',', names)
                    : null;
            }
        );

    private static Setting Folder(string key, string initially, string description) =>
        new(
            key,
            initially,
            description,
            "an absolute path",
            text =>
                text.Length is > 0 and <= MostNamesLength
                && Path.IsPathFullyQualified(text)
                && !text.Any(char.IsControl)
                    ? Path.TrimEndingDirectorySeparator(text)
                    : null
        );

    private static Setting Switch(string key, string initially, string description) =>
        new(key, initially, description, $"`{On}` or `{Off}`", text => text is On or Off ? text : null);

    /// <param name="Needed">What a value has to be, in words.</param>
    /// <param name="Read">The value as it is stored; null if it is none.</param>
    private sealed record Setting(
        string Key,
        string Default,
        string Description,
        string Needed,
        Func<string, string?> Read
    );
}
