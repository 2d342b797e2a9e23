using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// Many datagrams a call: segmentation on the way out (UDP_SEGMENT), coalescing on the way in (UDP_GRO), and ECN in both
/// directions, all as control messages of sendmsg and recvmsg. The system call is what a datagram costs; these divide it.
/// </summary>
internal sealed unsafe class LinuxUdpSocket : UdpSocket
{
    /// <summary>
    /// Where segmentation was refused (some tunnels and drivers), so many sends go one datagram a call before it is tried
    /// again: the way out may be another by then, and a failed call in a thousand is nothing.
    /// </summary>
    private const int PlainSendsAfterRefusal = 1_000;

    /// <summary>Errors that came instead of datagrams and are passed over in one call; they must not hold the loop.</summary>
    private const int MaxErrors = 8;

    /// <summary>Room for the control messages of one datagram: each is a header of 16 bytes and a number, aligned to 8.</summary>
    private const int ControlBytes = 128;

    /// <summary>One of them.</summary>
    private const int ControlSpace = 24;

    private const int EcnBits = 3;
    private const ushort FamilyV4 = 2;
    private const ushort FamilyV6 = 10;

    private readonly int _descriptor;
    private readonly bool _segments;
    private int _plainSends;

    public LinuxUdpSocket(Socket socket, int carrier)
        : base(socket, carrier)
    {
        _descriptor = (int)socket.Handle;
        var v4 = Family == AddressFamily.InterNetwork;
        // Setting 0 changes nothing and is refused by a kernel that does not know it (before 4.18).
        _segments = SocketSetup.TrySet(socket, LinuxSockets.Udp, LinuxSockets.UdpSegment, 0);
        var ecn = v4
            ? SocketSetup.TrySet(socket, LinuxSockets.Ip, LinuxSockets.IpReceiveTos, 1)
            : SocketSetup.TrySet(socket, LinuxSockets.Ipv6, LinuxSockets.Ipv6ReceiveTrafficClass, 1);
        Features =
            (_segments ? UdpFeatures.SegmentedSend : 0)
            | (SocketSetup.TrySet(socket, LinuxSockets.Udp, LinuxSockets.UdpGro, 1) ? UdpFeatures.CoalescedReceive : 0)
            | (ecn ? UdpFeatures.Ecn : 0)
            | (SocketSetup.TryForbidFragments(socket) ? UdpFeatures.DontFragment : 0);
    }

    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    public override UdpFeatures Features { get; }

    /// <summary>How often the system refused to segment.</summary>
    public long SegmentationRefusals { get; private set; }

    [SkipLocalsInit]
    private protected override bool TryReceiveCore(out ReceivedBatch batch)
    {
        var buffer = Received.Span;
        var name = stackalloc byte[SocketAddresses.MaxSize];
        var control = stackalloc byte[ControlBytes];
        // The buffer is pinned for good; this takes its address only.
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(buffer));
        for (var errors = 0; errors < MaxErrors; errors++)
        {
            var vector = new LinuxSockets.IoVector { Start = start, Length = (nuint)buffer.Length };
            var header = new LinuxSockets.Header
            {
                Name = name,
                NameLength = SocketAddresses.MaxSize,
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlBytes,
            };
            var received = (int)LinuxSockets.Receive(_descriptor, &header, LinuxSockets.DontWait);
            if (received < 0)
            {
                if (Marshal.GetLastPInvokeError() == LinuxSockets.ErrorAgain)
                {
                    break;
                }
                continue; // a signal, or an error that belongs to something sent before
            }
            if ((header.Flags & LinuxSockets.Truncated) != 0)
            {
                received = 0; // does not happen: the buffer holds the largest
            }
            ReadControl(control, (int)header.ControlLength, out var segmentSize, out var ecn);
            if (segmentSize <= 0 || segmentSize > received)
            {
                segmentSize = received;
            }
            var from = SocketAddresses.Read(new ReadOnlySpan<byte>(name, SocketAddresses.MaxSize), Family, Carrier);
            batch = new(buffer[..received], segmentSize, ecn, from);
            return true;
        }
        batch = default;
        return false;
    }

    [SkipLocalsInit]
    private protected override SendResult TrySendCore(
        in NetworkPath to,
        ReadOnlySpan<byte> bytes,
        int segmentSize,
        byte ecn,
        out int sent
    )
    {
        var name = stackalloc byte[SocketAddresses.MaxSize];
        *(ushort*)name = Family == AddressFamily.InterNetwork ? FamilyV4 : FamilyV6;
        SocketAddresses.Write(to, Family, new Span<byte>(name, SocketAddresses.MaxSize));

        var segmented = _segments && bytes.Length > segmentSize && segmentSize <= MaxDatagram;
        if (segmented && _plainSends > 0)
        {
            _plainSends--;
            segmented = false;
        }
        var most = segmented ? Math.Min(MaxSegments, MaxDatagram / segmentSize) * segmentSize : segmentSize;
        var refused = false;
        sent = 0;
        fixed (byte* start = bytes)
        {
            while (sent < bytes.Length)
            {
                var length = Math.Min(most, bytes.Length - sent);
                var error = Send(name, start + sent, length, segmentSize, ecn);
                if (
                    length > segmentSize
                    && error is not (0 or LinuxSockets.ErrorAgain or LinuxSockets.ErrorInterrupted)
                )
                {
                    // EIO and EINVAL: not this way out, or (EINVAL, EMSGSIZE) each of them is too large, or it is not the
                    // segmentation at all. One at a time tells.
                    refused = error is LinuxSockets.ErrorIo or LinuxSockets.ErrorInvalid;
                    most = segmentSize;
                    continue;
                }
                switch (error)
                {
                    case LinuxSockets.ErrorInterrupted:
                        continue;
                    case LinuxSockets.ErrorAgain:
                        return SendResult.WouldBlock;
                    case LinuxSockets.ErrorMessageSize:
                        return SendResult.TooLarge;
                    case 0:
                        if (refused)
                        {
                            refused = false;
                            SegmentationRefusals++;
                            _plainSends = PlainSendsAfterRefusal;
                        }
                        break;
                    case LinuxSockets.ErrorNoBuffers or LinuxSockets.ErrorNoMemory:
                        break; // a full queue of the interface, for which there is no wait: lost
                    default:
                        return SendResult.Unreachable;
                }
                sent += length;
            }
        }
        return SendResult.Sent;
    }

    /// <summary>One call; 0 or the error.</summary>
    [SkipLocalsInit]
    private int Send(byte* name, byte* start, int length, int segmentSize, byte ecn)
    {
        var control = stackalloc byte[2 * ControlSpace];
        var vector = new LinuxSockets.IoVector { Start = start, Length = (nuint)length };
        var header = new LinuxSockets.Header
        {
            Name = name,
            NameLength = (uint)SocketAddresses.SizeOf(Family),
            Vectors = &vector,
            VectorCount = 1,
        };
        if (length > segmentSize)
        {
            *(ushort*)AddControl(control, ref header, LinuxSockets.Udp, LinuxSockets.UdpSegment, sizeof(ushort)) =
                (ushort)segmentSize;
        }
        if (ecn != 0)
        {
            // A number of four bytes in both families.
            var v4 = Family == AddressFamily.InterNetwork;
            *(int*)AddControl(
                control,
                ref header,
                v4 ? LinuxSockets.Ip : LinuxSockets.Ipv6,
                v4 ? LinuxSockets.IpTos : LinuxSockets.Ipv6TrafficClass,
                sizeof(int)
            ) = ecn;
        }
        return LinuxSockets.Send(_descriptor, &header, LinuxSockets.DontWait) >= 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Appends a control message and says where its value goes.</summary>
    private static byte* AddControl(byte* control, ref LinuxSockets.Header header, int level, int type, int size)
    {
        var at = control + header.ControlLength;
        *(LinuxSockets.ControlHeader*)at = new()
        {
            Length = (nuint)(sizeof(LinuxSockets.ControlHeader) + size),
            Level = level,
            Type = type,
        };
        header.Control = control;
        header.ControlLength += ControlSpace;
        return at + sizeof(LinuxSockets.ControlHeader);
    }

    private static void ReadControl(byte* control, int length, out int segmentSize, out byte ecn)
    {
        segmentSize = 0;
        ecn = 0;
        for (var at = 0; at + sizeof(LinuxSockets.ControlHeader) <= length; )
        {
            var header = (LinuxSockets.ControlHeader*)(control + at);
            if (header->Length < (nuint)sizeof(LinuxSockets.ControlHeader))
            {
                return;
            }
            var value = (byte*)(header + 1);
            switch (header->Level, header->Type)
            {
                case (LinuxSockets.Udp, LinuxSockets.UdpGro):
                    segmentSize = *(int*)value;
                    break;
                case (LinuxSockets.Ip, LinuxSockets.IpTos):
                    ecn = (byte)(*value & EcnBits);
                    break;
                case (LinuxSockets.Ipv6, LinuxSockets.Ipv6TrafficClass):
                    ecn = (byte)(*(int*)value & EcnBits);
                    break;
            }
            at += ((int)header->Length + 7) & ~7;
        }
    }
}
