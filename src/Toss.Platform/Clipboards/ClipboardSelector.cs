using Toss.Core.Ports;
using Toss.Platform.Clipboards.Headless;
using Toss.Platform.Clipboards.MacOs;
using Toss.Platform.Clipboards.Wayland;
using Toss.Platform.Clipboards.Windows;
using Toss.Platform.Clipboards.X11;

namespace Toss.Platform.Clipboards;

/// <summary>
/// Which clipboard this process uses; decided once, at start. A Wayland desktop has two that mirror each other, its own and
/// Xwayland's: one of them is used, never both, or each copy would come twice.
/// </summary>
public static class ClipboardSelector
{
    /// <summary>The backend without a display: a clipboard in memory, so that `toss copy` and `toss paste` work all the same.</summary>
    public const string None = "none";

    /// <summary>How long a compositor may take to say what it has: a start waits for it, and mostly a millisecond.</summary>
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Headless if asked; on Windows and macOS its clipboard; else the Wayland compositor of <c>WAYLAND_DISPLAY</c> (without a display
    /// of either name: of wayland-0) if it has data-control; else the X11 display of <c>DISPLAY</c>, reachable or not (it
    /// may come later); else a named compositor that is not reachable yet; else a clipboard in memory named `none`, with a
    /// sentence for the user that says so.
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
        if (OperatingSystem.IsMacOS())
        {
            // With XQuartz there is a DISPLAY too; it mirrors the pasteboard.
            return new(new MacClipboard(), null);
        }
        var display = variable("DISPLAY") is { Length: > 0 } named ? named : null;
        // A session of X11, or a remote one, may have somebody's wayland-0 beside it: only its name counts there.
        var path = WaylandDisplay.Path(variable, orDefault: display is null);
        var support = path is null
            ? WaylandSupport.Unreachable
            : WaylandDisplay.Probe(path, ClipboardTiming.Default, ProbePatience);
        if (path is not null && support == WaylandSupport.DataControl)
        {
            return new(new WaylandClipboard(path), null);
        }
        if (display is not null)
        {
            return new(new X11Clipboard(display), null);
        }
        if (path is not null && support == WaylandSupport.Unreachable && variable("WAYLAND_DISPLAY") is { Length: > 0 })
        {
            return new(new WaylandClipboard(path), null);
        }
        var notice =
            support == WaylandSupport.NoDataControl
                ? "This Wayland compositor lets no program reach its clipboard in the background (it has neither ext-data-control nor wlr-data-control), and there is no Xwayland beside it (DISPLAY is not set)."
                : "There is no display (neither WAYLAND_DISPLAY nor DISPLAY is set).";
        return new(
            new HeadlessClipboard(None),
            $"{notice} Toss runs without a local clipboard; use `toss copy` and `toss paste`."
        );
    }
}

/// <summary>The clipboard, not yet started; the notice is set if it is not what the user would expect.</summary>
public sealed record ClipboardChoice(IClipboard Clipboard, string? Notice);
