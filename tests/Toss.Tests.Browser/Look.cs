namespace Toss.Tests.Browser;

/// <summary>What a page is looked at with.</summary>
internal sealed record Look(string Name, int Width, int Height, bool Dark = false, string Locale = "en-GB")
{
    public static readonly Look Desktop = new("desktop-light", 1280, 860);
    public static readonly Look DesktopDark = new("desktop-dark", 1280, 860, Dark: true);
    public static readonly Look Phone = new("phone-light", 390, 844);
    public static readonly Look PhoneDark = new("phone-dark", 390, 844, Dark: true);

    public static IReadOnlyList<Look> All { get; } = [Desktop, DesktopDark, Phone, PhoneDark];
}
