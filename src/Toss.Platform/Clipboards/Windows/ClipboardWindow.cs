using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>
/// A window that is never seen and hears of every change of the clipboard. It belongs to the thread that made it; only
/// <see cref="Wake"/> and <see cref="Stir"/> may be called from others.
/// </summary>
internal sealed unsafe class ClipboardWindow : IDisposable
{
    private const string Class = "Toss clipboard";

    /// <summary>Where the window keeps whose it is.</summary>
    private readonly GCHandle _self;
    private readonly object _stir = new();
    private bool _isStirred;

    /// <exception cref="PlatformException">This session of Windows has no clipboard, as that of a service.</exception>
    public ClipboardWindow()
    {
        _self = GCHandle.Alloc(this);
        fixed (char* name = Class)
        {
            // Once in a process; the next is told that it is there.
            var made = new User32.WindowClass { Procedure = &Procedure, Name = name };
            User32.RegisterClass(&made);
            Handle = User32.CreateWindow(0, name, name, 0, 0, 0, 0, 0, User32.MessageOnly, 0, 0, 0);
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
        User32.SetWindowValue(Handle, User32.UserValue, GCHandle.ToIntPtr(_self));
    }

    public nint Handle { get; }

    /// <summary>A program asks for this format, which was only announced, and has the clipboard open.</summary>
    public Action<uint> Asked { get; set; } = static _ => { };

    /// <summary>The window ends, and formats are on the clipboard that were only announced.</summary>
    public Action Leaving { get; set; } = static () => { };

    /// <summary>Ends the wait of the thread, whichever it is.</summary>
    public void Wake()
    {
        Stir();
        User32.PostMessage(Handle, User32.Null, 0, 0);
    }

    /// <summary>Ends <see cref="WaitForStir"/> alone.</summary>
    public void Stir()
    {
        lock (_stir)
        {
            _isStirred = true;
            Monitor.Pulse(_stir);
        }
    }

    /// <summary>Waits until something was posted, or for so long; what was posted already counts.</summary>
    public static void Wait(TimeSpan? limit) =>
        User32.WaitForMessage(
            0,
            null,
            limit is { } time ? (uint)Math.Max(0, Math.Ceiling(time.TotalMilliseconds)) : User32.Forever,
            User32.AllInput,
            User32.InputAvailable
        );

    /// <summary>Waits inside an answer to another program, when nothing else may be dealt with; at most so long.</summary>
    public void WaitForStir(TimeSpan limit)
    {
        lock (_stir)
        {
            if (!_isStirred)
            {
                Monitor.Wait(_stir, limit);
            }
            _isStirred = false;
        }
    }

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
        _self.Free();
    }

    [UnmanagedCallersOnly]
    private static nint Procedure(nint window, uint kind, nint wide, nint @long)
    {
        var self = User32.GetWindowValue(window, User32.UserValue) is not 0 and var value
            ? GCHandle.FromIntPtr(value).Target as ClipboardWindow
            : null;
        switch (kind)
        {
            case User32.RenderFormat:
                self?.Asked((uint)wide);
                return 0;
            case User32.RenderAllFormats:
                self?.Leaving();
                return 0;
            default:
                return User32.DefaultProcedure(window, kind, wide, @long);
        }
    }
}
