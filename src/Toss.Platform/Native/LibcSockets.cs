using System.Runtime.InteropServices;

namespace Toss.Platform.Native;

/// <summary>
/// Unix sockets that pass file descriptors, and pipes: .NET has neither. The layouts are those of 64-bit Linux, x86-64 and
/// arm64, glibc and musl: where musl has a shorter field, its padding is zero.
/// </summary>
internal static unsafe partial class LibcSockets
{
    public const int WouldBlock = 11;
    public const int Interrupted = 4;

    /// <summary>Descriptors in one message; libwayland passes no more at once either.</summary>
    public const int MostDescriptors = 28;

    private const string Library = "libc";
    private const ushort FamilyUnix = 1;
    private const int Stream = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int SocketLevel = 1;
    private const int Rights = 1;
    private const int NoSignal = 0x4000;
    private const int ReceiveCloseOnExec = 0x40000000;
    private const int ControlTruncated = 0x8;
    private const int GetFlags = 3;
    private const int SetFlags = 4;

    /// <summary>sun_path (unix(7)), with its final zero.</summary>
    private const int PathSize = 108;

    // CMSG_LEN and CMSG_SPACE of n descriptors: a header of 16 bytes, all aligned to 8 (cmsg(3)).
    private const int ControlHeader = 16;
    private const int ControlSize = ControlHeader + (MostDescriptors * sizeof(int));

    [StructLayout(LayoutKind.Sequential)]
    private struct Vector
    {
        public void* Bytes;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Header
    {
        public void* Name;
        public nuint NameLength;
        public Vector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>A connected socket that never blocks, or -1: nobody listens, or who does takes no more for now.</summary>
    public static int Connect(string path)
    {
        var length = System.Text.Encoding.UTF8.GetByteCount(path);
        if (length >= PathSize || path.Contains('\0', StringComparison.Ordinal))
        {
            return -1;
        }
        var descriptor = Socket(FamilyUnix, Stream | NonBlocking | CloseOnExec, 0);
        if (descriptor < 0)
        {
            return -1;
        }
        var address = stackalloc byte[sizeof(ushort) + PathSize];
        new Span<byte>(address, sizeof(ushort) + PathSize).Clear();
        *(ushort*)address = FamilyUnix;
        System.Text.Encoding.UTF8.GetBytes(path, new Span<byte>(address + sizeof(ushort), PathSize));
        if (Connect(descriptor, address, sizeof(ushort) + PathSize) == 0)
        {
            return descriptor;
        }
        _ = Libc.Close(descriptor);
        return -1;
    }

    /// <summary>Bytes sent, or -1 with the error in the last P/Invoke error. A descriptor of -1 is none.</summary>
    public static nint Send(int socket, ReadOnlySpan<byte> bytes, int passed)
    {
        // nuint for alignment. The length is CMSG_LEN(4), the space CMSG_SPACE(4).
        var control = stackalloc nuint[3];
        control[0] = ControlHeader + sizeof(int);
        control[2] = 0;
        ((int*)control)[2] = SocketLevel;
        ((int*)control)[3] = Rights;
        ((int*)control)[4] = passed;
        fixed (byte* first = bytes)
        {
            var vector = new Vector { Bytes = first, Length = (nuint)bytes.Length };
            var header = new Header { Vectors = &vector, VectorCount = 1 };
            if (passed >= 0)
            {
                header.Control = control;
                header.ControlLength = 24;
            }
            nint sent;
            do
            {
                sent = SendMessage(socket, &header, NoSignal);
            } while (sent < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            return sent;
        }
    }

    /// <summary>
    /// Bytes received, 0 at the end, or -1 with the error in the last P/Invoke error. Descriptors that came along are
    /// added. False in <paramref name="whole"/>: more descriptors came than anybody passes, and some are lost.
    /// </summary>
    public static nint Receive(int socket, Span<byte> into, Queue<int> descriptors, out bool whole)
    {
        var control = stackalloc nuint[ControlSize / sizeof(ulong)];
        fixed (byte* first = into)
        {
            var vector = new Vector { Bytes = first, Length = (nuint)into.Length };
            Header header;
            nint received;
            do
            {
                header = new Header
                {
                    Vectors = &vector,
                    VectorCount = 1,
                    Control = control,
                    ControlLength = ControlSize,
                };
                received = ReceiveMessage(socket, &header, ReceiveCloseOnExec);
            } while (received < 0 && Marshal.GetLastPInvokeError() == Interrupted);
            whole = true;
            if (received >= 0)
            {
                whole = (header.Flags & ControlTruncated) == 0;
                TakeDescriptors(new Span<byte>(control, (int)Math.Min(header.ControlLength, ControlSize)), descriptors);
            }
            return received;
        }
    }

    /// <summary>A pipe whose ends block, both closed on exec. False if no descriptor is left.</summary>
    public static bool TryPipe(out int read, out int write)
    {
        var ends = stackalloc int[2];
        var made = Pipe(ends, CloseOnExec) == 0;
        read = made ? ends[0] : -1;
        write = made ? ends[1] : -1;
        return made;
    }

    /// <summary>Writing to it never blocks from now on.</summary>
    public static bool TrySetNonBlocking(int descriptor)
    {
        // fcntl is variadic; on Linux an int goes the same way as a named argument, on x86-64 and on arm64.
        var flags = FileControl(descriptor, GetFlags, 0);
        return flags >= 0 && FileControl(descriptor, SetFlags, flags | NonBlocking) >= 0;
    }

    private static void TakeDescriptors(ReadOnlySpan<byte> control, Queue<int> descriptors)
    {
        while (control.Length >= ControlHeader)
        {
            var length = (int)Math.Min((uint)control.Length, MemoryMarshal.Read<uint>(control));
            if (length < ControlHeader)
            {
                return;
            }
            if (
                MemoryMarshal.Read<int>(control[8..]) == SocketLevel
                && MemoryMarshal.Read<int>(control[12..]) == Rights
            )
            {
                foreach (var descriptor in MemoryMarshal.Cast<byte, int>(control[ControlHeader..length]))
                {
                    descriptors.Enqueue(descriptor);
                }
            }
            control = control[Math.Min(control.Length, (length + 7) & ~7)..];
        }
    }

    [LibraryImport(Library, EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    private static partial int Connect(int socket, byte* address, uint length);

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, Header* header, int flags);

    [LibraryImport(Library, EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Header* header, int flags);

    [LibraryImport(Library, EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe(int* ends, int flags);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    private static partial int FileControl(int descriptor, int command, int value);
}
