using Toss.Core.Ports;
using Toss.Platform.Clipboards.Headless;
using Toss.Platform.Clipboards.Windows;
using Toss.Platform.Clipboards.X11;

namespace Toss.Platform.Clipboards;

/// <summary>Which clipboard this process uses; decided once, at start.</summary>
public static class ClipboardSelector
{
    /// <summary>The backend without a display: a clipboard in memory, so that `toss copy` and `toss paste` work all the same.</summary>
    public const string None = "none";

    /// <summary>
    /// Headless if asked; on Windows its clipboard; else the X11 display named by <c>DISPLAY</c>, reachable or not (it may come later); else a
    /// clipboard in memory named `none`, with a sentence for the user that says so.
    /// </summary>
    public static ClipboardChoice Select(Func<string, string?> variable, bool headless)
    {
        if (headless)
        {
            return new(new HeadlessClipboard(), null);
        }
        if (OperatingSystem.IsWindows())
        {
            return new(new WindowsClipboard(), null);
        }
        if (variable("DISPLAY") is { Length: > 0 } display)
        {
            return new(new X11Clipboard(display), null);
        }
        var notice = variable("WAYLAND_DISPLAY") is { Length: > 0 }
            ? "This Wayland session has no Xwayland (DISPLAY is not set), so its clipboard cannot be reached."
            : "There is no display (DISPLAY is not set).";
        return new(
            new HeadlessClipboard(None),
            $"{notice} Toss runs without a local clipboard; use `toss copy` and `toss paste`."
        );
    }
}

/// <summary>The clipboard, not yet started; the notice is set if it is not what the user would expect.</summary>
public sealed record ClipboardChoice(IClipboard Clipboard, string? Notice);
