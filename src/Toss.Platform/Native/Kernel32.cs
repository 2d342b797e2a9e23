using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>The few calls of Windows' kernel32 that .NET has no name for.</summary>
internal static unsafe partial class Kernel32
{
    public const uint MoveReplaceExisting = 0x1;
    public const uint MoveWriteThrough = 0x8;

    public const uint CreateSuspended = 0x4;
    public const uint DetachedProcess = 0x8;
    public const uint CreateNewProcessGroup = 0x200;
    public const uint CreateUnicodeEnvironment = 0x400;
    public const uint ExtendedStart = 0x80000;

    public const int StartUseStandardHandles = 0x100;
    public const uint HandleFlagInherit = 0x1;
    public const nuint AttributeHandleList = 0x20002;

    public const uint GlobalMovable = 0x2;
    public const uint QueryLimited = 0x1000;

    private const string Library = "kernel32";

    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessStart
    {
        public int Size;
        public char* Reserved;
        public char* Desktop;
        public char* Title;
        public int X;
        public int Y;
        public int Width;
        public int Height;
        public int Columns;
        public int Rows;
        public int Fill;
        public int Flags;
        public short ShowWindow;
        public short ReservedSize;
        public byte* ReservedBytes;
        public nint Input;
        public nint Output;
        public nint Error;
        public void* Attributes;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ProcessInformation
    {
        public nint Process;
        public nint Thread;
        public int ProcessId;
        public int ThreadId;
    }

    [LibraryImport(
        Library,
        EntryPoint = "MoveFileExW",
        StringMarshalling = StringMarshalling.Utf16,
        SetLastError = true
    )]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool MoveFile(string from, string to, uint flags);

    [LibraryImport(Library, EntryPoint = "SetHandleInformation", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool SetHandleInformation(SafeHandle handle, uint mask, uint flags);

    [LibraryImport(Library, EntryPoint = "InitializeProcThreadAttributeList", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool InitializeAttributes(void* list, int count, int flags, ref nuint size);

    [LibraryImport(Library, EntryPoint = "UpdateProcThreadAttribute", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool UpdateAttribute(
        void* list,
        uint flags,
        nuint attribute,
        void* value,
        nuint size,
        void* previous,
        nuint* returned
    );

    [LibraryImport(Library, EntryPoint = "DeleteProcThreadAttributeList")]
    public static partial void DeleteAttributes(void* list);

    [LibraryImport(Library, EntryPoint = "CreateProcessW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateProcess(
        char* application,
        char* commandLine,
        void* processAttributes,
        void* threadAttributes,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags,
        char* environment,
        char* folder,
        ProcessStart* startup,
        ProcessInformation* created
    );

    [LibraryImport(Library, EntryPoint = "ResumeThread", SetLastError = true)]
    public static partial uint ResumeThread(nint thread);

    [LibraryImport(Library, EntryPoint = "CloseHandle")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CloseHandle(nint handle);

    /// <summary>Memory that can move, as the clipboard takes it; 0 if there is none.</summary>
    [LibraryImport(Library, EntryPoint = "GlobalAlloc")]
    public static partial nint GlobalAlloc(uint flags, nuint size);

    /// <summary>As much with what it held; 0 if there is none, and then the old stays.</summary>
    [LibraryImport(Library, EntryPoint = "GlobalReAlloc")]
    public static partial nint GlobalReAlloc(nint memory, nuint size, uint flags);

    [LibraryImport(Library, EntryPoint = "GlobalFree")]
    public static partial nint GlobalFree(nint memory);

    [LibraryImport(Library, EntryPoint = "GlobalLock")]
    public static partial void* GlobalLock(nint memory);

    [LibraryImport(Library, EntryPoint = "GlobalUnlock")]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool GlobalUnlock(nint memory);

    /// <summary>What was asked for, or a little more; 0 if it is no such memory.</summary>
    [LibraryImport(Library, EntryPoint = "GlobalSize")]
    public static partial nuint GlobalSize(nint memory);

    [LibraryImport(Library, EntryPoint = "OpenProcess", SetLastError = true)]
    public static partial nint OpenProcess(
        uint access,
        [MarshalAs(UnmanagedType.Bool)] bool inheritHandle,
        uint process
    );

    [LibraryImport(Library, EntryPoint = "QueryFullProcessImageNameW", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool QueryImageName(nint process, uint flags, char* name, ref uint length);

    /// <summary>For both LocalAlloc's memory and what a call says is to be freed by it.</summary>
    [LibraryImport(Library, EntryPoint = "LocalFree")]
    public static partial nint LocalFree(nint memory);
}
