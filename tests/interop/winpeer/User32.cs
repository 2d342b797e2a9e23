using System.Runtime.InteropServices;

namespace WinPeer;

/// <summary>Windows' clipboard, and as much of windows as it takes. On purpose not the calls that Toss declares for itself.</summary>
internal static unsafe partial class User32
{
    public const nint MessageOnly = -3;
    public const uint ClipboardUpdate = 0x31D;
    public const uint RenderFormat = 0x305;
    public const uint RenderAllFormats = 0x306;
    public const uint Command = 0x8001;

    [StructLayout(LayoutKind.Sequential)]
    public struct WindowClass
    {
        public uint Style;
        public delegate* unmanaged<nint, uint, nint, nint, nint> Procedure;
        public int ClassExtra;
        public int WindowExtra;
        public nint Instance;
        public nint Icon;
        public nint Cursor;
        public nint Brush;
        public char* Menu;
        public char* Name;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Posted
    {
        public nint Window;
        public uint Message;
        public nint Wide;
        public nint Long;
        public uint Time;
        public int X;
        public int Y;
        public int Private;
    }

    [LibraryImport("user32", EntryPoint = "OpenClipboard", SetLastError = true)]
    public static partial int OpenClipboard(nint window);

    [LibraryImport("user32", EntryPoint = "CloseClipboard")]
    public static partial int CloseClipboard();

    [LibraryImport("user32", EntryPoint = "EmptyClipboard")]
    public static partial int EmptyClipboard();

    [LibraryImport("user32", EntryPoint = "SetClipboardData", SetLastError = true)]
    public static partial nint SetClipboardData(uint format, nint memory);

    [LibraryImport("user32", EntryPoint = "GetClipboardData", SetLastError = true)]
    public static partial nint GetClipboardData(uint format);

    [LibraryImport("user32", EntryPoint = "EnumClipboardFormats")]
    public static partial uint EnumClipboardFormats(uint after);

    [LibraryImport("user32", EntryPoint = "GetClipboardSequenceNumber")]
    public static partial uint GetClipboardSequenceNumber();

    [LibraryImport(
        "user32",
        EntryPoint = "RegisterClipboardFormatW",
        StringMarshalling = StringMarshalling.Utf16,
        SetLastError = true
    )]
    public static partial uint RegisterClipboardFormat(string name);

    [LibraryImport("user32", EntryPoint = "GetClipboardFormatNameW")]
    public static partial int GetClipboardFormatName(uint format, char* name, int size);

    [LibraryImport("user32", EntryPoint = "AddClipboardFormatListener", SetLastError = true)]
    public static partial int AddClipboardFormatListener(nint window);

    [LibraryImport("shell32", EntryPoint = "DragQueryFileW")]
    public static partial uint DragQueryFile(nint drop, uint which, char* name, uint size);

    [LibraryImport("user32", EntryPoint = "RegisterClassW", SetLastError = true)]
    public static partial ushort RegisterClass(WindowClass* @class);

    [LibraryImport("user32", EntryPoint = "CreateWindowExW", SetLastError = true)]
    public static partial nint CreateWindow(
        uint extended,
        char* @class,
        char* name,
        uint style,
        int x,
        int y,
        int width,
        int height,
        nint parent,
        nint menu,
        nint instance,
        nint parameter
    );

    [LibraryImport("user32", EntryPoint = "DefWindowProcW")]
    public static partial nint DefaultProcedure(nint window, uint message, nint wide, nint @long);

    [LibraryImport("user32", EntryPoint = "GetMessageW")]
    public static partial int GetMessage(Posted* posted, nint window, uint least, uint most);

    [LibraryImport("user32", EntryPoint = "DispatchMessageW")]
    public static partial nint DispatchMessage(Posted* posted);

    [LibraryImport("user32", EntryPoint = "PostMessageW", SetLastError = true)]
    public static partial int PostMessage(nint window, uint message, nint wide, nint @long);

    [LibraryImport("kernel32", EntryPoint = "GlobalAlloc")]
    public static partial nint GlobalAlloc(uint flags, nuint size);

    [LibraryImport("kernel32", EntryPoint = "GlobalLock")]
    public static partial void* GlobalLock(nint memory);

    [LibraryImport("kernel32", EntryPoint = "GlobalUnlock")]
    public static partial int GlobalUnlock(nint memory);

    [LibraryImport("kernel32", EntryPoint = "GlobalSize")]
    public static partial nuint GlobalSize(nint memory);
}
