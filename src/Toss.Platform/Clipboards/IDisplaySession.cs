namespace Toss.Platform.Clipboards;

/// <summary>
/// One connection to a display, from its first to its last event, on the clipboard's thread. Disposing it closes the
/// connection.
/// </summary>
internal interface IDisplaySession : IDisposable
{
    /// <summary>The display is gone: nothing more comes.</summary>
    bool IsDead { get; }

    /// <summary>False while a display that is there has no clipboard for us (Wayland: no seat).</summary>
    bool HasClipboard { get; }

    /// <summary>Times this session waited: an idle one has none.</summary>
    long Wakeups { get; }

    /// <summary>What we own the clipboard with, or were about to; what a new connection offers again.</summary>
    HeldContent? Content { get; }

    /// <summary>
    /// After a lost display: offers <paramref name="content"/> again if nobody took the clipboard meanwhile; what somebody
    /// took is a copy like any other.
    /// </summary>
    void Resume(HeldContent? content, TimeSpan patience);

    /// <summary>Returns when the display is gone or <paramref name="stop"/> says so, which is asked at every turn.</summary>
    void Run(Func<bool> stop);

    /// <summary>At our end: gives what we own to who keeps it, if there is such a program.</summary>
    void HandOver();
}
