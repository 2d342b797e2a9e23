using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// One UDP socket of one address family, bound, never connected. It moves datagrams and knows nothing of what is in them.
/// <para>Not thread-safe: it belongs to one thread, in the program to that of its <see cref="NetworkLoop"/>. Nothing here
/// waits, and nothing is allocated for a datagram. What the network does is a result, never an exception; a path of
/// another carrier or family, an empty send, a use after the end are the caller's mistakes and throw.</para>
/// </summary>
internal abstract class UdpSocket : IDisposable
{
    /// <summary>The most that fits one IPv4 datagram, and so one call.</summary>
    public const int MaxDatagram = 65_507;

    /// <summary>
    /// The most datagrams of one call: UDP_MAX_SEGMENTS of Linux before 6.9. What is more is divided into several calls.
    /// </summary>
    public const int MaxSegments = 64;

    /// <summary>
    /// Asked of the system for each direction: 10 ms at 3 Gbit/s, with the kernel's own share for each packet. An ordinary
    /// Linux grants 416 KiB of it (net.core.rmem_max, doubled).
    /// </summary>
    private const int BufferBytes = 8 << 20;

    /// <summary>Larger than any datagram and anything the kernel coalesces.</summary>
    private const int ReceiveBytes = 64 * 1024;

    private bool _disposed;

    private protected UdpSocket(Socket socket, int carrier)
    {
        Socket = socket;
        Carrier = carrier;
        Local = (IPEndPoint)socket.LocalEndPoint!;
        SendBuffer = socket.SendBufferSize;
        ReceiveBuffer = socket.ReceiveBufferSize;
    }

    /// <summary>Its number in every <see cref="NetworkPath"/> it receives from and sends to.</summary>
    public int Carrier { get; }

    /// <summary>Where it is bound, with the port the system chose.</summary>
    public IPEndPoint Local { get; }

    public AddressFamily Family => Local.AddressFamily;

    public abstract UdpFeatures Features { get; }

    /// <summary>Bytes of buffer that the system gave, as it counts them.</summary>
    public int SendBuffer { get; }

    /// <inheritdoc cref="SendBuffer"/>
    public int ReceiveBuffer { get; }

    /// <summary>The last send found no room; the loop then waits for some, too.</summary>
    public bool IsBlocked { get; internal set; }

    internal Socket Socket { get; }

    /// <summary>Set by the wait of the loop.</summary>
    internal bool IsReadable { get; set; }

    /// <inheritdoc cref="IsReadable"/>
    internal bool IsWritable { get; set; }

    private protected Memory<byte> Received { get; } = GC.AllocateUninitializedArray<byte>(ReceiveBytes, pinned: true);

    /// <summary>Binds a socket, IPv6 ones to IPv6 only.</summary>
    /// <param name="local">An address of this device or the unspecified one; port 0 takes any that is free.</param>
    /// <param name="carrier">Its number in paths.</param>
    /// <param name="implementation">Which code moves the bytes.</param>
    /// <param name="socket">The socket, if the result is <see cref="BindResult.Bound"/>.</param>
    public static BindResult TryBind(
        IPEndPoint local,
        int carrier,
        UdpImplementation implementation,
        [NotNullWhen(true)] out UdpSocket? socket
    )
    {
        socket = null;
        Socket? bound = null;
        try
        {
            bound = new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                bound.DualMode = false;
            }
            bound.Bind(local);
            SocketSetup.AskForBuffers(bound, BufferBytes);
            socket =
                implementation == UdpImplementation.Best && LinuxUdpSocket.IsSupported
                    ? new LinuxUdpSocket(bound, carrier)
                    : new PortableUdpSocket(bound, carrier);
            return BindResult.Bound;
        }
        catch (SocketException exception)
        {
            bound?.Dispose();
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => BindResult.AddressInUse,
                SocketError.AddressNotAvailable => BindResult.AddressUnavailable,
                SocketError.AddressFamilyNotSupported or SocketError.ProtocolFamilyNotSupported =>
                    BindResult.FamilyUnsupported,
                _ => BindResult.Refused,
            };
        }
    }

    /// <summary>
    /// Takes what has arrived, oldest first. False if nothing is there. The batch of an empty datagram is empty.
    /// </summary>
    public bool TryReceive(out ReceivedBatch batch)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return TryReceiveCore(out batch);
    }

    /// <summary>Sends <paramref name="bytes"/> as datagrams of <paramref name="segmentSize"/> bytes each.</summary>
    /// <param name="to">To whom; of this socket's carrier and family.</param>
    /// <param name="bytes">One or more datagrams back to back; the last may be shorter.</param>
    /// <param name="segmentSize">Size of each datagram but the last.</param>
    /// <param name="ecn">The two ECN bits of each (RFC 3168 §5); ignored without <see cref="UdpFeatures.Ecn"/>.</param>
    /// <param name="sent">
    /// How many bytes are gone: all of them with <see cref="SendResult.Sent"/>, else those of the datagrams before the one
    /// that was not taken.
    /// </param>
    public SendResult TrySend(in NetworkPath to, ReadOnlySpan<byte> bytes, int segmentSize, byte ecn, out int sent)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(to.Carrier, Carrier, nameof(to));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(segmentSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ecn, 3);
        if (bytes.IsEmpty || SocketAddresses.IsV4(to) != (Family == AddressFamily.InterNetwork))
        {
            throw new ArgumentException(bytes.IsEmpty ? "Nothing to send." : "A path of the other family.");
        }

        var result = TrySendCore(to, bytes, segmentSize, ecn, out sent);
        IsBlocked = result == SendResult.WouldBlock;
        return result;
    }

    public void Dispose()
    {
        _disposed = true;
        Socket.Dispose();
    }

    private protected abstract bool TryReceiveCore(out ReceivedBatch batch);

    private protected abstract SendResult TrySendCore(
        in NetworkPath to,
        ReadOnlySpan<byte> bytes,
        int segmentSize,
        byte ecn,
        out int sent
    );
}
