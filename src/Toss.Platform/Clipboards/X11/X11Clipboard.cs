namespace Toss.Platform.Clipboards.X11;

/// <summary>CLIPBOARD of an X11 display, and of Xwayland. PRIMARY is not touched.</summary>
/// <param name="displayName">As in <c>DISPLAY</c>.</param>
public sealed class X11Clipboard(string displayName, ClipboardTiming? timing = null)
    : DisplayClipboard(Name, timing ?? ClipboardTiming.Default)
{
    public const string Name = "x11";

    private protected override IDisplaySession? TryOpen(DisplaySessionSetup setup)
    {
        var connection = XConnection.TryOpen(displayName);
        if (connection is { IsDead: false, FixesEvent: < 0 })
        {
            connection.Dispose();
            throw new PlatformException(
                PlatformFailure.UnsupportedDisplay,
                "The X server lacks the XFIXES extension, without which copies cannot be noticed."
            );
        }
        return connection is null ? null : new X11Session(connection, setup);
    }
}
