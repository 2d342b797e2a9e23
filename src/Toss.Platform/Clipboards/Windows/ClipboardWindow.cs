using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// A window that is never seen and hears of every change of the clipboard. It belongs to the thread that made it; only
/// <see cref="Wake"/> may be called from others. What it hears is posted, so that it needs no code of its own.
/// </summary>
internal sealed unsafe class ClipboardWindow : IDisposable
{
    /// <exception cref="PlatformException">This session of Windows has no clipboard, as that of a service.</exception>
    public ClipboardWindow()
    {
        fixed (char* @class = "STATIC")
        fixed (char* name = "Toss clipboard")
        {
            Handle = User32.CreateWindow(0, @class, name, 0, 0, 0, 0, 0, User32.MessageOnly, 0, 0, 0);
        }
        if (Handle == 0 || !User32.AddClipboardFormatListener(Handle))
        {
            var why = Marshal.GetLastPInvokeErrorMessage();
            Dispose();
            throw new PlatformException(
                PlatformFailure.UnsupportedDisplay,
                $"This session of Windows has no clipboard to listen to: {why}"
            );
        }
    }

    public nint Handle { get; }

    public void Wake() => User32.PostMessage(Handle, User32.Null, 0, 0);

    /// <summary>Waits until something was posted, or for so long; what was posted already counts.</summary>
    public static void Wait(TimeSpan? limit) =>
        User32.WaitForMessage(
            0,
            null,
            limit is { } time ? (uint)Math.Max(0, Math.Ceiling(time.TotalMilliseconds)) : User32.Forever,
            User32.AllInput,
            User32.InputAvailable
        );

    /// <summary>Takes what was posted; true if the clipboard changed.</summary>
    public static bool TakePosted()
    {
        var changed = false;
        User32.Posted posted;
        while (User32.PeekMessage(&posted, 0, 0, 0, User32.RemoveMessage))
        {
            changed |= posted.Kind == User32.ClipboardUpdate;
            User32.DispatchMessage(&posted);
        }
        return changed;
    }

    public void Dispose()
    {
        if (Handle != 0)
        {
            User32.DestroyWindow(Handle);
        }
    }
}
