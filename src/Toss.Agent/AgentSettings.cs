using System.Globalization;
using Toss.Control;
using Toss.Core.Circle;
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

    private const string Mebibytes = "MiB";
    private const string DaysUnit = "days";

    private static readonly string[] themes = ["system", "light", "dark"];

    private readonly Setting[] _all =
    [
        Number(
            ConfigKeys.MaxSize,
            Limits.Content / 1024 / 1024,
            1,
            Limits.Content / 1024 / 1024,
            Mebibytes,
            "Largest copy that is shared, MiB"
        ),
        Number(
            ConfigKeys.FetchDirect,
            Limits.HeldContent / 1024 / 1024,
            0,
            MostFetched,
            Mebibytes,
            "Largest content that comes at once from a device reached directly, MiB; more comes when you paste"
        ),
        Number(ConfigKeys.FetchRelayed, 1, 0, MostFetched, Mebibytes, "The same through a relay"),
        Switch(
            ConfigKeys.Metered,
            Off,
            "This device pays for what it receives: large content comes only when you paste"
        ),
        Number(ConfigKeys.HistoryClips, 10_000, 0, 1_000_000, "clips", "Clips that history keeps"),
        Number(ConfigKeys.HistoryDays, 90, 1, 36_500, DaysUnit, "Days that history keeps a clip"),
        Number(ConfigKeys.HistorySize, 2048, 1, 1_048_576, Mebibytes, "Disk space that history may use, MiB"),
        Days("text", "texts"),
        Days("url", "addresses"),
        Days("picture", "pictures"),
        Days("other", "what is neither text, address nor picture"),
        Switch(
            ConfigKeys.ShareSecrets,
            On,
            "Passwords go to devices that are there, for a minute and into no history; off: they stay here"
        ),
        Names(
            ConfigKeys.ExcludeApps,
            "Programs whose copies stay here, by name, commas between; where the desktop says who copied"
        ),
        Folder(ConfigKeys.ReceiveFolder, receiveFolder ?? "", "Where files that are sent to this device are put"),
        Switch(
            ConfigKeys.DetectSecrets,
            On,
            "One-time codes, card numbers and private keys are secrets, also without a hint"
        ),
        Choice(ConfigKeys.Theme, themes, "How the screens look (`toss ui`): as the desktop does, light, or dark"),
    ];

    /// <summary>Null if there is none: then files stay in history.</summary>
    public string? ReceiveFolder => Value(ConfigKeys.ReceiveFolder) is { Length: > 0 } folder ? folder : null;

    public long MaxContent => NumberOf(ConfigKeys.MaxSize) * 1024 * 1024;

    /// <summary>Of files, which are read and sealed when they are copied: history has room for others beside them.</summary>
    public long MaxCopiedFiles => Math.Min(MaxContent, Retention.Bytes / 2);

    public FetchPolicy Fetching =>
        new(
            NumberOf(ConfigKeys.FetchDirect) * 1024 * 1024,
            NumberOf(ConfigKeys.FetchRelayed) * 1024 * 1024,
            Value(ConfigKeys.Metered) == On
        );

    public IReadOnlyList<string> Excluded =>
        Value(ConfigKeys.ExcludeApps).Split(',', StringSplitOptions.RemoveEmptyEntries);

    public SecretRules Secrets => new(Value(ConfigKeys.ShareSecrets) == On, Value(ConfigKeys.DetectSecrets) == On);

    public Retention Retention =>
        new(
            (int)NumberOf(ConfigKeys.HistoryClips),
            NumberOf(ConfigKeys.HistorySize) * 1024 * 1024,
            TimeSpan.FromDays(NumberOf(ConfigKeys.HistoryDays))
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

    /// <summary>Those that somebody set, and that mean the same on another machine.</summary>
    public IReadOnlyDictionary<string, string> Chosen(DeviceRecord record) =>
        record.Settings.Where(pair => Read(pair.Key, pair.Value) is not null).ToDictionary();

    /// <summary>A value as it is stored; null if it is none, if nothing is called that, or if it is of this machine alone.</summary>
    public string? Read(string key, string value) =>
        key == ConfigKeys.ReceiveFolder ? null : _all.FirstOrDefault(setting => setting.Key == key)?.Read(value);

    private long NumberOf(string key) => long.Parse(Value(key), CultureInfo.InvariantCulture);

    private string Value(string key) => Value(Find(key));

    /// <summary>What another version stored and this one cannot read is the default.</summary>
    private string Value(Setting setting) =>
        (device.Record.Settings.TryGetValue(setting.Key, out var text) ? setting.Read(text) : null) ?? setting.Default;

    private ConfigEntry Report(Setting setting) =>
        new(setting.Key, Value(setting), setting.Default, setting.Description)
        {
            Kind = setting.Kind,
            Lowest = setting.Lowest,
            Highest = setting.Highest,
            Unit = setting.Unit,
            Choices = setting.Choices,
        };

    private Setting Find(string key) =>
        _all.FirstOrDefault(setting => setting.Key == key)
        ?? throw new ControlException(
            ControlErrors.InvalidConfig,
            $"{key}: no such setting.",
            $"Settings: {ConfigKeys.Relay}, {ConfigKeys.RelayToken}, {string.Join(", ", _all.Select(setting => setting.Key))}."
        );

    private static Setting Number(
        string key,
        long initially,
        long lowest,
        long highest,
        string unit,
        string description
    ) =>
        new(
            key,
            "number",
            initially.ToString(CultureInfo.InvariantCulture),
            description,
            $"a whole number from {lowest} to {highest}",
            text =>
                long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= lowest
                && number <= highest
                    ? number.ToString(CultureInfo.InvariantCulture)
                    : null
        )
        {
            Lowest = lowest,
            Highest = highest,
            Unit = unit,
        };

    private static Setting Days(string kind, string what) =>
        Number(
            DaysOf(kind),
            0,
            0,
            36_500,
            DaysUnit,
            $"Days that history keeps {what}, if fewer than history-days; 0: as all others"
        );

    private static string DaysOf(string kind) => $"history-days-{kind}";

    private static Setting Names(string key, string description) =>
        new(
            key,
            "names",
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
            "folder",
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
        new(key, "switch", initially, description, $"`{On}` or `{Off}`", text => text is On or Off ? text : null);

    /// <summary>The first is the default.</summary>
    private static Setting Choice(string key, string[] choices, string description) =>
        new(
            key,
            "choice",
            choices[0],
            description,
            $"one of {string.Join(", ", choices)}",
            text => choices.Contains(text) ? text : null
        )
        {
            Choices = choices,
        };

    /// <param name="Needed">What a value has to be, in words.</param>
    /// <param name="Read">The value as it is stored; null if it is none.</param>
    private sealed record Setting(
        string Key,
        string Kind,
        string Default,
        string Description,
        string Needed,
        Func<string, string?> Read
    )
    {
        public long? Lowest { get; init; }

        public long? Highest { get; init; }

        public string? Unit { get; init; }

        public IReadOnlyList<string>? Choices { get; init; }
    }
}
