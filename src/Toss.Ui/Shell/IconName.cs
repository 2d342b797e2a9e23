namespace Toss.Ui.Shell;

/// <summary>The pictures that stand beside words; <see cref="Icon"/> draws them.</summary>
public enum IconName
{
    Toss,
    Home,
    Pair,
    Device,
    Offline,
    Text,
    Picture,
    Page,
    Secret,
    Empty,
    Send,
    Pause,
    Play,
    Down,
    Up,
    Stop,
    Check,
    Clock,
    Warning,
    Camera,
    Close,
}
