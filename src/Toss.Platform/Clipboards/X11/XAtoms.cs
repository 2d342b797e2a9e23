namespace Toss.Platform.Clipboards.X11;

/// <summary>The names a clipboard speaks of, interned once per connection.</summary>
internal sealed class XAtoms(XConnection connection)
{
    public nint Clipboard { get; } = connection.Intern("CLIPBOARD");
    public nint ClipboardHost { get; } = connection.Intern("CLIPBOARD_MANAGER");
    public nint Targets { get; } = connection.Intern("TARGETS");
    public nint Timestamp { get; } = connection.Intern("TIMESTAMP");
    public nint Multiple { get; } = connection.Intern("MULTIPLE");
    public nint SaveTargets { get; } = connection.Intern("SAVE_TARGETS");
    public nint Incremental { get; } = connection.Intern("INCR");
    public nint AtomPair { get; } = connection.Intern("ATOM_PAIR");
    public nint Null { get; } = connection.Intern("NULL");
    public nint Utf8String { get; } = connection.Intern("UTF8_STRING");

    /// <summary>Our own properties: where owners put what we ask for, and where a server timestamp comes from.</summary>
    public nint Incoming { get; } = connection.Intern("TOSS_INCOMING");
    public nint Stamp { get; } = connection.Intern("TOSS_STAMP");
    public nint Saving { get; } = connection.Intern("TOSS_SAVING");
}
