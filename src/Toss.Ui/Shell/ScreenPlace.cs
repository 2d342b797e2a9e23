namespace Toss.Ui.Shell;

/// <summary>Where in the screens an address leads.</summary>
/// <param name="Path">Without what follows `?` or `#`.</param>
public sealed record ScreenPlace(ScreenName Screen, string Path)
{
    public const string History = "history";
    public const string Pairing = "pair";
    public const string Devices = "devices";
    public const string Settings = "settings";

    /// <param name="address">Relative to the site.</param>
    public static ScreenPlace Of(string address)
    {
        var path = address.Split('?', '#')[0].Trim('/');
        var screen = path switch
        {
            "" => ScreenName.Home,
            History => ScreenName.History,
            Pairing => ScreenName.Pairing,
            Devices => ScreenName.Devices,
            Settings => ScreenName.Settings,
            _ => ScreenName.Nowhere,
        };
        return new ScreenPlace(screen, path);
    }
}
