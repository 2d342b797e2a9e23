using System.Globalization;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// The clipboard of a Wayland compositor that has data-control: ext-data-control-v1, or wlr-data-control-unstable-v1. The
/// primary selection is not touched.
/// </summary>
/// <param name="path">The compositor's socket, see <see cref="WaylandDisplay"/>.</param>
public sealed class WaylandClipboard(string path, ClipboardTiming? timing = null)
    : DisplayClipboard(Name, timing ?? ClipboardTiming.Default)
{
    public const string Name = "wayland";

    /// <summary>
    /// A type that only this clipboard's offers have. Process ids alone repeat: sandboxes on one desktop count for
    /// themselves.
    /// </summary>
    private readonly string _mark = string.Create(
        CultureInfo.InvariantCulture,
        $"application/x-toss-own-{Environment.ProcessId:x}-{TimeProvider.System.GetTimestamp():x}"
    );

    private protected override IDisplaySession? TryOpen(DisplaySessionSetup setup) =>
        WaylandSession.TryOpen(path, _mark, setup);
}
