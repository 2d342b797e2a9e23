using System.Net.Sockets;

namespace Toss.Testing.Net;

/// <summary>All that an interface of a machine sends and gets, as anybody on its network could write it down (packet(7)). Needs root.</summary>
public sealed class PacketCapture : IDisposable
{
    /// <summary>Of all protocols: ETH_P_ALL, in the order of the network.</summary>
    private const ProtocolType Everything = (ProtocolType)0x0300;

    /// <summary>What the kernel keeps while nobody reads.</summary>
    private const int KernelBuffer = 8 << 20;

    /// <summary>The largest that the kernel hands over uncut.</summary>
    private const int LargestFrame = (1 << 16) + 64;

    private readonly Socket _socket;
    private readonly Thread _thread;
    private readonly Lock _gate = new();
    private List<CapturedPacket> _packets = [];

    /// <param name="machine">All of its interfaces but loopback, whose network has no others.</param>
    public PacketCapture(LabNamespace machine)
    {
        _socket = machine.Inside(static () =>
            new Socket(AddressFamily.Packet, SocketType.Raw, Everything) { ReceiveBufferSize = KernelBuffer }
        );
        _thread = new Thread(Read) { IsBackground = true, Name = "packet capture" };
        _thread.Start();
    }

    /// <summary>What came since the last time.</summary>
    public IReadOnlyList<CapturedPacket> Take()
    {
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
