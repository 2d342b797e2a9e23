using System.Runtime.InteropServices;

namespace Toss.Platform.Clipboards.X11;

/// <summary>The union of all events (Xlib.h: `long pad[24]`); its first field is the type.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct XEvent
{
    public fixed long Padding[24];

    public readonly int Type => As<XAnyEvent>().Type;

    /// <summary>Reads the member of the union that <see cref="Type"/> says it is.</summary>
    public readonly T As<T>()
        where T : unmanaged => MemoryMarshal.Read<T>(MemoryMarshal.AsBytes(new ReadOnlySpan<XEvent>(in this)));
}

/// <summary>What every event begins with.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XAnyEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Window;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XPropertyEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Window;
    public nint Atom;
    public nint Time;
    public int State;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XDestroyWindowEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Event;
    public nint Window;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XSelectionClearEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Window;
    public nint Selection;
    public nint Time;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XSelectionRequestEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Owner;
    public nint Requestor;
    public nint Selection;
    public nint Target;
    public nint Property;
    public nint Time;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XSelectionEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Requestor;
    public nint Selection;
    public nint Target;
    public nint Property;
    public nint Time;
}

/// <summary>XFixesSelectionNotifyEvent (Xfixes.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XFixesSelectionEvent
{
    public int Type;
    public nuint Serial;
    public int SendEvent;
    public nint Display;
    public nint Window;
    public int Subtype;
    public nint Owner;
    public nint Selection;
    public nint Timestamp;
    public nint SelectionTimestamp;
}

[StructLayout(LayoutKind.Sequential)]
internal struct XErrorEvent
{
    public int Type;
    public nint Display;
    public nint Resource;
    public nuint Serial;
    public byte ErrorCode;
    public byte RequestCode;
    public byte MinorCode;
}
