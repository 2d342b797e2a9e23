namespace Toss.Ui.Shell;

/// <summary>The screens there are.</summary>
public enum ScreenName
{
    Home,
    History,
    Pairing,
    Devices,
    Settings,
    Nowhere,
}
