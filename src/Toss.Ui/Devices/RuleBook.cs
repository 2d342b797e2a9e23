using Toss.Control;

namespace Toss.Ui.Devices;

/// <summary>The rules as the agent reads them: the most specific entry holds, and without one everything goes by itself.</summary>
public sealed class RuleBook(IReadOnlyList<RuleReport> rules)
{
    public const string Out = "out";
    public const string In = "in";
    public const string Automatic = "automatic";
    public const string Ask = "ask";
    public const string Never = "never";

    /// <summary>Takes an entry back.</summary>
    public const string Default = "default";

    public static IReadOnlyList<string> Directions { get; } = [Out, In];

    public static IReadOnlyList<string> Choices { get; } = [Automatic, Ask, Never];

    /// <summary>What a copy is first. The names are those of words, `sort.…`.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["text", "url", "picture", "other", "secret"];

    /// <summary>The entry for exactly this; null if there is none.</summary>
    public string? Own(string direction, string? device, string? kind) =>
        rules
            .FirstOrDefault(rule =>
                rule.Sharing is not null && rule.Direction == direction && rule.Device == device && rule.Type == kind
            )
            ?.Sharing;

    /// <summary>What holds where there is no entry for exactly this.</summary>
    public string Inherited(string direction, string? device, string? kind)
    {
        (string? Device, string? Kind)[] places = [(device, null), (null, kind), (null, null)];
        return places
                .Where(place => place != (device, kind))
                .Select(place => Own(direction, place.Device, place.Kind))
                .FirstOrDefault(found => found is not null)
            ?? Automatic;
    }

    public string Of(string direction, string? device, string? kind) =>
        Own(direction, device, kind) ?? Inherited(direction, device, kind);

    /// <summary>Of whole copies, in MiB; null if there is none for exactly this.</summary>
    public int? OwnLimit(string direction, string? device) =>
        rules
            .FirstOrDefault(rule => rule.MaxMiB is not null && rule.Direction == direction && rule.Device == device)
            ?.MaxMiB;

    public int? LimitOf(string direction, string device) => OwnLimit(direction, device) ?? OwnLimit(direction, null);

    /// <summary>Whether something is said of single kinds or sizes.</summary>
    public bool HasDetails(string? device) =>
        rules.Any(rule => rule.Device == device && (rule.Type is not null || rule.MaxMiB is not null));

    /// <summary>
    /// What of this direction a device has part in, over all kinds: <see cref="Automatic"/>, <see cref="Ask"/> or <see cref="Never"/>;
    /// null if it differs.
    /// </summary>
    public string? Summary(string direction, string device)
    {
        var all = Kinds.Select(kind => Of(direction, device, kind)).Distinct().ToList();
        return all.Count == 1 ? all[0] : null;
    }
}
