namespace Toss.Platform.Clipboards.Wayland;

/// <summary>Where a compositor listens, and whether its clipboard can be reached.</summary>
internal static class WaylandDisplay
{
    /// <summary>What libwayland takes when nobody says (wl_display_connect(3)).</summary>
    private const string Default = "wayland-0";

    /// <summary>
    /// The socket that <c>WAYLAND_DISPLAY</c> names, whole or below <c>XDG_RUNTIME_DIR</c>; with
    /// <paramref name="orDefault"/>, wayland-0 if it names none. Null if there is no such name.
    /// </summary>
    public static string? Path(Func<string, string?> variable, bool orDefault)
    {
        var name =
            variable("WAYLAND_DISPLAY") is { Length: > 0 } named ? named
            : orDefault ? Default
            : null;
        return name is null ? null
            : name[0] == '/' ? name
            : variable("XDG_RUNTIME_DIR") is { Length: > 0 } folder ? System.IO.Path.Combine(folder, name)
            : null;
    }

    /// <summary>Asks the compositor what it has; not longer than <paramref name="patience"/>.</summary>
    public static WaylandSupport Probe(string path, ClipboardTiming timing, TimeSpan patience)
    {
        using var connection = WaylandConnection.TryOpen(path);
        if (connection is null)
        {
            return WaylandSupport.Unreachable;
        }
        using var wake = new WakeEvent();
        var globals = new WaylandGlobals();
        return !globals.TryRead(connection, new WaylandObjects(connection), wake, timing, patience)
                ? WaylandSupport.Unreachable
            : globals.HasManager ? WaylandSupport.DataControl
            : WaylandSupport.NoDataControl;
    }
}

internal enum WaylandSupport
{
    /// <summary>Nobody listens, or nobody answers.</summary>
    Unreachable,
    NoDataControl,
    DataControl,
}
