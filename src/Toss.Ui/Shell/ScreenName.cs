namespace Toss.Ui.Shell;

/// <summary>The screens there are.</summary>
public enum ScreenName
{
    Home,
    Pairing,
    Devices,
    Settings,
    Nowhere,
}
