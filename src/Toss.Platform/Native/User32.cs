using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>Windows' clipboard, and as much of its windows as it takes to hear of it.</summary>
internal static unsafe partial class User32
{
    public const uint DeviceIndependentBitmap = 8;
    public const uint UnicodeText = 13;
    public const uint DroppedFiles = 15;

    public const nint MessageOnly = -3;
    public const uint ClipboardUpdate = 0x31D;
    public const uint RenderFormat = 0x305;
    public const uint RenderAllFormats = 0x306;
    public const uint Null = 0;

    /// <summary>GWLP_USERDATA.</summary>
    public const int UserValue = -21;

    public const uint RemoveMessage = 0x1;
    public const uint AllInput = 0x4FF;
    public const uint InputAvailable = 0x4;
    public const uint Forever = uint.MaxValue;

    private const string Library = "user32";

    [StructLayout(LayoutKind.Sequential)]
    public struct WindowClass
    {
        public uint Style;
        public delegate* unmanaged<nint, uint, nint, nint, nint> Procedure;
        public int ClassExtra;
        public int WindowExtra;
        public nint Module;
        public nint Icon;
        public nint Cursor;
        public nint Brush;
        public char* Menu;
        public char* Name;
    }

    /// <summary>MSG.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Posted
    {
        public nint Window;
        public uint Kind;
        public nint Wide;
        public nint Long;
        public uint Time;
        public int X;
        public int Y;
        public int Private;
    }

    [LibraryImport(Library, EntryPoint = "OpenClipboard", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool OpenClipboard(nint window);

    [LibraryImport(Library, EntryPoint = "CloseClipboard")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CloseClipboard();

    [LibraryImport(Library, EntryPoint = "EmptyClipboard", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool EmptyClipboard();

    /// <summary>If it works the memory is the system's; else it stays ours. Without memory the format is announced only.</summary>
    [LibraryImport(Library, EntryPoint = "SetClipboardData", SetLastError = true)]
    public static partial nint SetClipboardData(uint format, nint memory);

    /// <summary>Makes the owner render what it only promised; the memory stays the clipboard's.</summary>
    [LibraryImport(Library, EntryPoint = "GetClipboardData", SetLastError = true)]
    public static partial nint GetClipboardData(uint format);

    [LibraryImport(Library, EntryPoint = "EnumClipboardFormats")]
    public static partial uint EnumClipboardFormats(uint after);

    [LibraryImport(Library, EntryPoint = "CountClipboardFormats")]
    public static partial int CountClipboardFormats();

    [LibraryImport(Library, EntryPoint = "GetClipboardSequenceNumber")]
    public static partial uint GetClipboardSequenceNumber();

    [LibraryImport(Library, EntryPoint = "GetClipboardOwner")]
    public static partial nint GetClipboardOwner();

    /// <summary>Who has it open; 0 if nobody, or somebody without a window.</summary>
    [LibraryImport(Library, EntryPoint = "GetOpenClipboardWindow")]
    public static partial nint GetOpenClipboardWindow();

    [LibraryImport(
        Library,
        EntryPoint = "RegisterClipboardFormatW",
        StringMarshalling = StringMarshalling.Utf16,
        SetLastError = true
    )]
    public static partial uint RegisterClipboardFormat(string name);

    [LibraryImport(Library, EntryPoint = "AddClipboardFormatListener", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool AddClipboardFormatListener(nint window);

    [LibraryImport(Library, EntryPoint = "RegisterClassW", SetLastError = true)]
    public static partial ushort RegisterClass(WindowClass* @class);

    [LibraryImport(Library, EntryPoint = "CreateWindowExW", SetLastError = true)]
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
        nint module,
        nint parameter
    );

    [LibraryImport(Library, EntryPoint = "DestroyWindow")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool DestroyWindow(nint window);

    [LibraryImport(Library, EntryPoint = "SetWindowLongPtrW")]
    public static partial nint SetWindowValue(nint window, int which, nint value);

    [LibraryImport(Library, EntryPoint = "GetWindowLongPtrW")]
    public static partial nint GetWindowValue(nint window, int which);

    [LibraryImport(Library, EntryPoint = "DefWindowProcW")]
    public static partial nint DefaultProcedure(nint window, uint kind, nint wide, nint @long);

    [LibraryImport(Library, EntryPoint = "PeekMessageW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool PeekMessage(Posted* posted, nint window, uint least, uint most, uint remove);

    [LibraryImport(Library, EntryPoint = "DispatchMessageW")]
    public static partial nint DispatchMessage(Posted* posted);

    [LibraryImport(Library, EntryPoint = "PostMessageW")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool PostMessage(nint window, uint kind, nint wide, nint @long);

    [LibraryImport(Library, EntryPoint = "MsgWaitForMultipleObjectsEx")]
    public static partial uint WaitForMessage(uint count, nint* handles, uint milliseconds, uint input, uint flags);

    [LibraryImport(Library, EntryPoint = "GetWindowThreadProcessId")]
    public static partial uint GetWindowProcess(nint window, out uint process);
}
