using System.Runtime.InteropServices;

namespace Toss.Platform.Clipboards.X11;

/// <summary>libX11 and libXfixes, as far as a clipboard needs them. All calls for one display come from one thread.</summary>
internal static unsafe partial class Xlib
{
    public const string Library = "libX11.so.6";
    public const string FixesLibrary = "libXfixes.so.3";

    public const int PropertyNotify = 28;
    public const int DestroyNotify = 17;
    public const int SelectionClear = 29;
    public const int SelectionRequest = 30;
    public const int SelectionNotify = 31;

    public const nint StructureNotifyMask = 1 << 17;
    public const nint PropertyChangeMask = 1 << 22;

    public const int PropertyNewValue = 0;
    public const int PropertyDeleted = 1;
    public const int ModeReplace = 0;
    public const int ModeAppend = 2;

    /// <summary>XFixesSetSelectionOwnerNotify, …WindowDestroyNotify, …ClientCloseNotify.</summary>
    public const nuint AllSelectionEvents = 7;

    public const nint CurrentTime = 0;

    // Atoms every server has from the start (Xatom.h).
    public const nint AtomAtom = 4;
    public const nint AtomInteger = 19;
    public const nint AtomString = 31;

    [LibraryImport(Library, EntryPoint = "XInitThreads")]
    public static partial int InitThreads();

    [LibraryImport(Library, EntryPoint = "XSetErrorHandler")]
    public static partial nint SetErrorHandler(delegate* unmanaged<nint, XErrorEvent*, int> handler);

    [LibraryImport(Library, EntryPoint = "XSetIOErrorHandler")]
    public static partial nint SetIoErrorHandler(delegate* unmanaged<nint, int> handler);

    [LibraryImport(Library, EntryPoint = "XSetIOErrorExitHandler")]
    public static partial void SetIoErrorExitHandler(
        nint display,
        delegate* unmanaged<nint, nint, void> handler,
        nint argument
    );

    [LibraryImport(Library, EntryPoint = "XOpenDisplay", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint OpenDisplay(string name);

    [LibraryImport(Library, EntryPoint = "XCloseDisplay")]
    public static partial int CloseDisplay(nint display);

    [LibraryImport(Library, EntryPoint = "XDefaultRootWindow")]
    public static partial nint DefaultRootWindow(nint display);

    [LibraryImport(Library, EntryPoint = "XConnectionNumber")]
    public static partial int ConnectionNumber(nint display);

    [LibraryImport(Library, EntryPoint = "XMaxRequestSize")]
    public static partial nint MaxRequestSize(nint display);

    [LibraryImport(Library, EntryPoint = "XExtendedMaxRequestSize")]
    public static partial nint ExtendedMaxRequestSize(nint display);

    [LibraryImport(Library, EntryPoint = "XCreateSimpleWindow")]
    public static partial nint CreateSimpleWindow(
        nint display,
        nint parent,
        int x,
        int y,
        uint width,
        uint height,
        uint borderWidth,
        nint border,
        nint background
    );

    [LibraryImport(Library, EntryPoint = "XDestroyWindow")]
    public static partial int DestroyWindow(nint display, nint window);

    [LibraryImport(Library, EntryPoint = "XSelectInput")]
    public static partial int SelectInput(nint display, nint window, nint mask);

    [LibraryImport(Library, EntryPoint = "XInternAtom", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint InternAtom(nint display, string name, int onlyIfExists);

    [LibraryImport(Library, EntryPoint = "XConvertSelection")]
    public static partial int ConvertSelection(
        nint display,
        nint selection,
        nint target,
        nint property,
        nint requestor,
        nint time
    );

    [LibraryImport(Library, EntryPoint = "XSetSelectionOwner")]
    public static partial int SetSelectionOwner(nint display, nint selection, nint owner, nint time);

    [LibraryImport(Library, EntryPoint = "XGetSelectionOwner")]
    public static partial nint GetSelectionOwner(nint display, nint selection);

    [LibraryImport(Library, EntryPoint = "XGetWindowProperty")]
    public static partial int GetWindowProperty(
        nint display,
        nint window,
        nint property,
        nint offset,
        nint length,
        int delete,
        nint requestedType,
        nint* type,
        int* format,
        nint* count,
        nint* remaining,
        byte** value
    );

    [LibraryImport(Library, EntryPoint = "XChangeProperty")]
    public static partial int ChangeProperty(
        nint display,
        nint window,
        nint property,
        nint type,
        int format,
        int mode,
        byte* value,
        int count
    );

    [LibraryImport(Library, EntryPoint = "XDeleteProperty")]
    public static partial int DeleteProperty(nint display, nint window, nint property);

    [LibraryImport(Library, EntryPoint = "XSendEvent")]
    public static partial int SendEvent(nint display, nint window, int propagate, nint mask, XEvent* sent);

    [LibraryImport(Library, EntryPoint = "XPending")]
    public static partial int Pending(nint display);

    [LibraryImport(Library, EntryPoint = "XNextEvent")]
    public static partial int NextEvent(nint display, XEvent* received);

    [LibraryImport(Library, EntryPoint = "XFlush")]
    public static partial int Flush(nint display);

    [LibraryImport(Library, EntryPoint = "XFree")]
    public static partial int Free(void* memory);

    [LibraryImport(FixesLibrary, EntryPoint = "XFixesQueryExtension")]
    public static partial int FixesQueryExtension(nint display, int* eventBase, int* errorBase);

    [LibraryImport(FixesLibrary, EntryPoint = "XFixesSelectSelectionInput")]
    public static partial void FixesSelectSelectionInput(nint display, nint window, nint selection, nuint mask);
}
