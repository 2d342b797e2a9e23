using System.Runtime.InteropServices;

namespace Toss.Testing.Net;

/// <summary>P/Invoke of the laboratory: threads in network namespaces, and TAP devices (setns(2), Documentation/networking/tuntap).</summary>
internal static partial class LinuxCalls
{
    public const int CloneNewNet = 0x4000_0000;
    public const short PollIn = 1;

    private const int ReadWrite = 2;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x8_0000;
    private const nuint TunSetInterface = 0x4004_54CA;
    private const short Tap = 0x0002;
    private const short NoPacketInformation = 0x1000;

    /// <summary>A TAP device of the calling thread's namespace, there as long as the descriptor is open.</summary>
    public static int OpenTap(string name)
    {
        var descriptor = Checked(Open("/dev/net/tun", ReadWrite | NonBlocking | CloseOnExec), "open /dev/net/tun");
        // struct ifreq: 16 bytes of name, then the flags.
        Span<byte> request = stackalloc byte[40];
        request.Clear();
        System.Text.Encoding.ASCII.GetBytes(name, request[..15]);
        BitConverter.TryWriteBytes(request[16..], (short)(Tap | NoPacketInformation));
        if (IoControl(descriptor, TunSetInterface, ref request[0]) < 0)
        {
            var failure = Failure($"TUNSETIFF {name}");
            _ = Close(descriptor);
            throw failure;
        }
        return descriptor;
    }

    public static int Checked(int result, string what) => result >= 0 ? result : throw Failure(what);

    /// <summary>Waits until one can be read, or the time is over.</summary>
    public static void Poll(Span<PollDescriptor> descriptors, TimeSpan most)
    {
        var time = new TimeSpec(
            (nint)(most.Ticks / TimeSpan.TicksPerSecond),
            (nint)(most.Ticks % TimeSpan.TicksPerSecond * 100)
        );
        _ = PPoll(ref descriptors[0], (nuint)descriptors.Length, in time, 0);
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    public static partial int SetNamespace(int descriptor, int type);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, ref byte buffer, nuint count);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(int descriptor, nuint request, ref byte argument);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    private static partial int PPoll(ref PollDescriptor descriptors, nuint count, in TimeSpec most, nint signals);

    private static IOException Failure(string what) =>
        new($"{what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct TimeSpec(nint Seconds, nint Nanoseconds);
}
