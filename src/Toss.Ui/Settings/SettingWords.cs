using Toss.Control;
using Toss.Ui.Texts;

namespace Toss.Ui.Settings;

/// <summary>A setting in words: what it is called, what it does, what a value of it says.</summary>
public static class SettingWords
{
    /// <summary>Begins the names of what settings are called.</summary>
    public const string NamePrefix = "setting.";

    /// <summary>Begins the names of what they do.</summary>
    public const string EffectPrefix = "effect.";

    /// <summary>Begins the names of what numbers count.</summary>
    public const string UnitPrefix = "unit.";

    /// <summary>What numbers count, and the choices of a theme: the ends of names of words.</summary>
    public static IReadOnlyList<string> Units { get; } = ["mib", "days", "days-one", "clips", "clips-one"];

    public static IReadOnlyList<string> Themes { get; } = ["system", "light", "dark"];

    /// <summary>Of one that a newer agent has: its key.</summary>
    public static string Name(Words words, ConfigEntry entry) => words.Find(NamePrefix + entry.Key) ?? entry.Key;

    public static string Effect(Words words, ConfigEntry entry) =>
        words.Find(EffectPrefix + entry.Key) ?? entry.Description;

    /// <param name="value">So many of it.</param>
    public static string Unit(Words words, ConfigEntry entry, string value) =>
        entry.Unit is not { } unit
            ? ""
            : (value == "1" ? words.Find($"{UnitPrefix}{unit.ToLowerInvariant()}{Words.One}") : null)
                ?? words.Find(UnitPrefix + unit.ToLowerInvariant())
                ?? unit;

    public static string Choice(Words words, ConfigEntry entry, string choice) =>
        words.Find($"{entry.Key}.{choice}") ?? choice;

    public static string Value(Words words, ConfigEntry entry, string value) =>
        entry.Kind switch
        {
            "switch" => words[value == "on" ? "settings.on" : "settings.off"],
            "number" => $"{value} {Unit(words, entry, value)}".TrimEnd(),
            "choice" => Choice(words, entry, value),
            _ => value.Length == 0 ? words["settings.nothing"] : value,
        };

    /// <summary>What a value has to be, for one that was not.</summary>
    public static string Needed(Words words, ConfigEntry entry) =>
        entry.Kind switch
        {
            "number" => words["settings.need-number", entry.Lowest, entry.Highest],
            "folder" => words["settings.need-folder"],
            "names" => words["settings.need-names"],
            _ => words.Failure(ControlErrors.InvalidConfig),
        };
}
