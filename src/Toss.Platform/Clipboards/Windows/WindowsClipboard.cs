using System.Runtime.Versioning;
using Toss.Core.Ports;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>The clipboard of a Windows session, by events, on one thread of its own.</summary>
[SupportedOSPlatform("windows")]
public sealed class WindowsClipboard : ThreadedClipboard
{
    public const string Name = "windows";

    private readonly WindowsTiming _timing;
    private volatile ClipboardWindow? _window;
    private volatile WindowsSession? _session;

    /// <remarks>The thread may sit in a call to a program that was asked for what it only promised, and does not answer.</remarks>
    public WindowsClipboard(WindowsTiming? timing = null)
        : base(Name, (timing ?? WindowsTiming.Default).Silent, (timing ?? WindowsTiming.Default).Silent) =>
        _timing = timing ?? WindowsTiming.Default;

    public override bool TakesPromises => true;

    /// <summary>Times the thread waited for something so far; an idle clipboard adds none.</summary>
    public long Wakeups => _session?.Wakeups ?? 0;

    private protected override void Live()
    {
        using var window = new ClipboardWindow();
        var session = new WindowsSession(_timing, window, Commands, Report, Unread);
        _session = session;
        _window = window;
        Become(ClipboardState.Listening);
        session.Run(() => IsStopping);
    }

    private protected override void Wake() => _window?.Wake();
}
