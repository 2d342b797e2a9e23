using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toss.Net.Udp;

/// <summary>
/// The calls of Linux that .NET has no name for: control messages of a datagram, and a wait for sockets with a deadline.
/// The only native code of this project. Structures are those of a 64-bit kernel, which glibc and musl share; the calls
/// are older than any system that .NET runs on.
/// </summary>
internal static unsafe partial class LinuxSockets
{
    public const int Ip = 0;
    public const int Ipv6 = 41;
    public const int Udp = 17;

    public const int IpTos = 1;
    public const int IpReceiveTos = 13;
    public const int Ipv6ReceiveTrafficClass = 66;
    public const int Ipv6TrafficClass = 67;
    public const int UdpSegment = 103;
    public const int UdpGro = 104;

    public const int DontWait = 0x40;
    public const int Truncated = 0x20;

    public const int ErrorInterrupted = 4;
    public const int ErrorIo = 5;
    public const int ErrorAgain = 11;
    public const int ErrorNoMemory = 12;
    public const int ErrorInvalid = 22;
    public const int ErrorMessageSize = 90;
    public const int ErrorNoBuffers = 105;

    public const short PollIn = 1;
    public const short PollOut = 4;
    public const short PollError = 8;
    public const short PollHangUp = 16;
    public const short PollInvalid = 32;

    private const string Library = "libc";
    private const int EventFdFlags = 0x80000 | 0x800; // EFD_CLOEXEC, EFD_NONBLOCK

    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct Header
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>What stands before each control message, which is aligned to 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        /// <summary>With this header, without what follows for alignment.</summary>
        public nuint Length;
        public int Level;
        public int Type;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpecification
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint Send(int descriptor, Header* header, int flags);

    [LibraryImport(Library, EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint Receive(int descriptor, Header* header, int flags);

    /// <summary>Waits without limit if <paramref name="timeout"/> is null.</summary>
    [LibraryImport(Library, EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(
        PollDescriptor* descriptors,
        nuint count,
        TimeSpecification* timeout,
        void* signalMask
    );

    [LibraryImport(Library, EntryPoint = "read")]
    public static partial nint Read(SafeFileHandle descriptor, void* buffer, nuint count);

    [LibraryImport(Library, EntryPoint = "write")]
    public static partial nint Write(SafeFileHandle descriptor, void* buffer, nuint count);

    /// <summary>A counter that is readable while it is not 0; null if the process has no descriptors left.</summary>
    public static SafeFileHandle? OpenEvent()
    {
        var descriptor = EventFd(0, EventFdFlags);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [LibraryImport(Library, EntryPoint = "eventfd")]
    private static partial int EventFd(uint initial, int flags);
}
