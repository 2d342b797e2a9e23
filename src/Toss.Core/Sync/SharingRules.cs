using System.Collections.Immutable;
using System.Globalization;
using Toss.Core.Clips;
using Toss.Wire;

namespace Toss.Core.Sync;

/// <summary>
/// What this device shares with whom: per direction, device and kind of copy, and how large a copy may be. Of several
/// entries the most specific holds: device and kind, then device, then kind, then any. Immutable and pure; kept among the
/// device's settings. A rule is for the whole copy: its formats are one signed clip.
/// </summary>
public sealed class SharingRules
{
    /// <summary>Entries of both sorts together: a rule for every kind with ten devices, both ways, and room.</summary>
    public const int Most = 256;

    private const string Prefix = "rule:";
    private const string SizePrefix = "rule-size:";
    private const string Any = "*";

    private readonly ImmutableSortedDictionary<RulePlace, Sharing> _sharing;
    private readonly ImmutableSortedDictionary<RulePlace, int> _sizes;

    private SharingRules(
        ImmutableSortedDictionary<RulePlace, Sharing> sharing,
        ImmutableSortedDictionary<RulePlace, int> sizes
    )
    {
        _sharing = sharing;
        _sizes = sizes;
    }

    public static SharingRules None { get; } =
        new(ImmutableSortedDictionary<RulePlace, Sharing>.Empty, ImmutableSortedDictionary<RulePlace, int>.Empty);

    /// <summary>Every entry, in a stable order.</summary>
    public IReadOnlyDictionary<RulePlace, Sharing> Entries => _sharing;

    /// <summary>MiB a whole copy may have; places without a kind.</summary>
    public IReadOnlyDictionary<RulePlace, int> Sizes => _sizes;

    public int Count => _sharing.Count + _sizes.Count;

    /// <summary>
    /// Reads what <see cref="WriteTo"/> wrote. What another version wrote and this one cannot read asks, for everything that
    /// it may have meant.
    /// </summary>
    public static SharingRules Read(IReadOnlyDictionary<string, string> settings)
    {
        var rules = None;
        foreach (var (key, value) in settings)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                var places = ReadPlaces(key[Prefix.Length..], out var understood);
                var sharing = understood && TryReadWord<Sharing>(value, out var read) ? read : Sharing.Ask;
                rules = places.Aggregate(rules, (all, place) => all.AtLeast(place, sharing));
            }
            else if (key.StartsWith(SizePrefix, StringComparison.Ordinal))
            {
                var places = ReadPlaces(key[SizePrefix.Length..], out var understood);
                rules =
                    understood
                    && places[0].Kind is null
                    && int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var mebibytes)
                        ? rules.WithSize(places[0], mebibytes)
                        : places.Aggregate(rules, (all, place) => all.AtLeast(place with { Kind = null }, Sharing.Ask));
            }
        }
        return rules;
    }

    /// <summary>The settings with these rules in place of those that were in them.</summary>
    public IReadOnlyDictionary<string, string> WriteTo(IReadOnlyDictionary<string, string> settings)
    {
        var written = settings.Where(pair => !IsRule(pair.Key)).ToDictionary();
        foreach (var (place, sharing) in _sharing)
        {
            written[Prefix + Write(place)] = Word(sharing);
        }
        foreach (var (place, mebibytes) in _sizes)
        {
            written[SizePrefix + Write(place)] = mebibytes.ToString(CultureInfo.InvariantCulture);
        }
        return written;
    }

    /// <summary>Null takes the entry away.</summary>
    public SharingRules With(RulePlace place, Sharing? sharing) =>
        new(sharing is { } set ? _sharing.SetItem(place, set) : _sharing.Remove(place), _sizes);

    /// <summary>Null takes the limit away. The place's kind does not count.</summary>
    public SharingRules WithSize(RulePlace place, int? mebibytes)
    {
        var whole = place with { Kind = null };
        return new(_sharing, mebibytes is { } set ? _sizes.SetItem(whole, set) : _sizes.Remove(whole));
    }

    /// <summary>What the most specific entry says; without one, automatic.</summary>
    public Sharing Of(SharingDirection direction, DeviceId device, ClipKind kind)
    {
        ReadOnlySpan<RulePlace> places =
        [
            new(direction, device, kind),
            new(direction, device, null),
            new(direction, null, kind),
            new(direction, null, null),
        ];
        foreach (var place in places)
        {
            if (_sharing.TryGetValue(place, out var sharing))
            {
                return sharing;
            }
        }
        return Sharing.Automatic;
    }

    public Sharing Of(SharingDirection direction, DeviceId device, Clip clip) => Of(direction, device, KindOf(clip));

    /// <summary>Bytes a whole copy may have; null if any.</summary>
    public long? LimitOf(SharingDirection direction, DeviceId device) =>
        _sizes.TryGetValue(new(direction, device, null), out var own) ? own * 1024L * 1024
        : _sizes.TryGetValue(new(direction, null, null), out var any) ? any * 1024L * 1024
        : null;

    public bool IsTooLarge(SharingDirection direction, DeviceId device, long size) => size > LimitOf(direction, device);

    /// <summary>Whether a copy goes this way by itself: nobody has to ask for it, and it is not too large.</summary>
    public bool IsAutomatic(SharingDirection direction, DeviceId device, ClipKind kind, long size) =>
        Of(direction, device, kind) == Sharing.Automatic && !IsTooLarge(direction, device, size);

    public bool IsAutomatic(SharingDirection direction, DeviceId device, Clip clip) =>
        Of(direction, device, clip) == Sharing.Automatic && !IsTooLarge(direction, device, clip.Size);

    public static ClipKind KindOf(Clip clip) => KindOf(clip.Sensitivity, clip.Representations[0].MediaType);

    /// <summary>A secret is that first; else a copy is what its first format is, the one its source likes best.</summary>
    public static ClipKind KindOf(Sensitivity sensitivity, string mediaType)
    {
        return sensitivity == Sensitivity.Secret ? ClipKind.Secret
            : Is(MediaTypes.Url) ? ClipKind.Url
            : MediaTypes.IsPicture(mediaType) || Is(MediaTypes.Svg) ? ClipKind.Picture
            : MediaTypes.IsText(mediaType) || Is(MediaTypes.Html) || Is(MediaTypes.Rtf) ? ClipKind.Text
            : ClipKind.Other;

        bool Is(string other) => mediaType.Equals(other, StringComparison.OrdinalIgnoreCase);
    }

    public static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Exactly the words that <see cref="Word"/> writes: no numbers, no other case.</summary>
    public static bool TryReadWord<T>(string? text, out T value)
        where T : struct, Enum
    {
        foreach (var one in Enum.GetValues<T>())
        {
            if (Word(one) == text)
            {
                value = one;
                return true;
            }
        }
        value = default;
        return false;
    }

    private static bool IsRule(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) || key.StartsWith(SizePrefix, StringComparison.Ordinal);

    /// <summary>The stricter of what is there and this.</summary>
    private SharingRules AtLeast(RulePlace place, Sharing sharing) =>
        _sharing.TryGetValue(place, out var there) && there >= sharing ? this : With(place, sharing);

    private static string Write(RulePlace place) =>
        $"{Word(place.Direction)}:{place.Device?.ToString() ?? Any}:{(place.Kind is { } kind ? Word(kind) : Any)}";

    /// <summary>One place; both directions if it does not say which. What is not understood of it is any.</summary>
    private static IReadOnlyList<RulePlace> ReadPlaces(string text, out bool understood)
    {
        var parts = text.Split(':');
        var known = TryReadWord<SharingDirection>(parts[0], out var direction);
        DeviceId? device = null;
        ClipKind? kind = null;
        understood = known && parts.Length == 3;
        if (parts.Length > 1 && parts[1] != Any)
        {
            var read = DeviceId.TryParse(parts[1], out var id);
            device = read ? id : null;
            understood &= read;
        }
        if (parts.Length > 2 && parts[2] != Any)
        {
            var read = TryReadWord<ClipKind>(parts[2], out var one);
            kind = read ? one : null;
            understood &= read;
        }
        return known
            ? [new(direction, device, kind)]
            : [new(SharingDirection.Out, device, kind), new(SharingDirection.In, device, kind)];
    }
}
