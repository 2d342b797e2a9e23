using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Toss.Testing.Net;

/// <summary>All that an interface of a machine sends and gets, as anybody on its network could write it down (packet(7)). Needs root.</summary>
public sealed class PacketCapture : IDisposable
{
    /// <summary>Of all protocols: ETH_P_ALL, in the order of the network.</summary>
    private const ProtocolType Everything = (ProtocolType)0x0300;

    /// <summary>
    /// What the kernel keeps while nobody reads: more than passes in a whole test, since on a busy machine the reader may stand
    /// for a second.
    /// </summary>
    private const int KernelBuffer = 64 << 20;

    // socket(7), packet(7)
    private const int SocketLevel = 1;
    private const int ReceiveBufferForce = 33;
    private const int PacketLevel = 263;
    private const int Statistics = 6;

    /// <summary>The largest that the kernel hands over uncut.</summary>
    private const int LargestFrame = (1 << 16) + 64;

    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private List<CapturedPacket> _packets = [];

    /// <param name="machine">All of its interfaces but loopback, whose network has no others.</param>
    public PacketCapture(LabNamespace machine)
    {
        _socket = machine.Inside(static () => new Socket(AddressFamily.Packet, SocketType.Raw, Everything));
        // Beyond net.core.rmem_max, which is a few hundred packets where nobody raised it.
        _socket.SetRawSocketOption(SocketLevel, ReceiveBufferForce, BitConverter.GetBytes(KernelBuffer));
        _thread = new Thread(Read) { IsBackground = true, Name = "packet capture" };
        _thread.Start();
    }

    /// <summary>What came since the last time.</summary>
    /// <exception cref="InvalidOperationException">The kernel had no room for all of it.</exception>
    public IReadOnlyList<CapturedPacket> Take()
    {
        // struct tpacket_stats: packets, and of these dropped, since it was asked.
        Span<uint> counted = stackalloc uint[2];
        _socket.GetRawSocketOption(PacketLevel, Statistics, MemoryMarshal.AsBytes(counted));
        if (counted[1] > 0)
        {
            throw new InvalidOperationException($"Of {counted[0]} packets {counted[1]} are not in the capture.");
        }
        lock (_gate)
        {
            var taken = _packets;
            _packets = [];
            return taken;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _thread.Join();
    }

    private void Read()
    {
        var buffer = new byte[LargestFrame];
        try
        {
            while (true)
            {
                var length = _socket.Receive(buffer);
                // Loopback has no hardware addresses.
                if (
                    buffer.AsSpan(0, 12).ContainsAnyExcept((byte)0)
                    && CapturedPacket.TryRead(buffer.AsSpan(0, length), out var packet)
                )
                {
                    lock (_gate)
                    {
                        _packets.Add(packet);
                    }
                }
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
        catch (ObjectDisposedException)
        {
            // Likewise.
        }
    }
}
