using System.Runtime.Versioning;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.MacOs;

/// <summary>The clipboard of a macOS session, looked at in intervals, on one thread of its own.</summary>
public sealed class MacClipboard : ThreadedClipboard
{
    public const string Name = "macos";

    private readonly Func<IPasteboard> _open;
    private readonly PasteboardTiming _timing;
    private readonly AutoResetEvent _wake = new(false);
    private volatile PasteboardSession? _session;

    [SupportedOSPlatform("macos")]
    public MacClipboard()
        : this(() => new SystemPasteboard(), PasteboardTiming.Default) { }

    /// <param name="open">Called on the clipboard's thread; what it gives is used there.</param>
    /// <param name="timing">How often it is looked at, and how long is waited.</param>
    internal MacClipboard(Func<IPasteboard> open, PasteboardTiming timing)
        : base(Name, timing.Patience, timing.Patience)
    {
        _open = open;
        _timing = timing;
    }

    /// <summary>Looks at the pasteboard so far.</summary>
    public long Wakeups => _session?.Wakeups ?? 0;

    private protected override void Live()
    {
        var session = new PasteboardSession(_timing, _open(), Commands, _wake, Report, Unread);
        _session = session;
        Become(ClipboardState.Listening);
        session.Run(() => IsStopping);
    }

    private protected override void Wake() => _wake.Set();
}
