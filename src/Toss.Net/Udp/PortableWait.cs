using System.Net;
using System.Net.Sockets;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>
/// Socket.Select over the sockets and one on loopback that is sent a byte to wake the thread. Deadlines are rounded up to
/// what Select counts in: milliseconds on Unix.
/// </summary>
internal sealed class PortableWait : ILoopWait
{
    /// <summary>Half an hour, which Select can count; a loop that has nothing to do then only asks again.</summary>
    private const long MaxMilliseconds = 30 * 60 * 1000;

    private static readonly byte[] wakeByte = [1];

    private readonly Socket _wake = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly List<Socket> _read = new(NetworkLoop.MaxSockets + 1);
    private readonly List<Socket> _write = new(NetworkLoop.MaxSockets);
    private readonly byte[] _received = new byte[1];

    public PortableWait()
    {
        _wake.Blocking = false;
        _wake.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // To itself: a connected socket takes nothing from anybody else.
        _wake.Connect(_wake.LocalEndPoint!);
    }

    public void Wake()
    {
        try
        {
            _wake.Send(wakeByte);
        }
        catch (SocketException)
        {
            // Full of earlier ones, and then the wait ends anyway.
        }
        catch (ObjectDisposedException)
        {
            // The loop ended meanwhile.
        }
    }

    public void Wait(List<UdpSocket> sockets, Instant deadline)
    {
        _read.Clear();
        _write.Clear();
        _read.Add(_wake);
        foreach (var socket in sockets)
        {
            _read.Add(socket.Socket);
            if (socket.IsBlocked)
            {
                _write.Add(socket.Socket);
            }
        }

        Socket.Select(_read, _write, null, Rounded(LoopClock.Until(deadline)));

        foreach (var socket in sockets)
        {
            socket.IsReadable = _read.Contains(socket.Socket);
            socket.IsWritable = _write.Contains(socket.Socket);
        }
        if (_read.Contains(_wake))
        {
            TakeWakes();
        }
    }

    public void Dispose() => _wake.Dispose();

    private static TimeSpan Rounded(TimeSpan? timeout) =>
        timeout is { } least
            ? TimeSpan.FromMilliseconds(Math.Min((long)Math.Ceiling(least.TotalMilliseconds), MaxMilliseconds))
            : Timeout.InfiniteTimeSpan;

    private void TakeWakes()
    {
        try
        {
            // The loop lets one wake-up be sent at a time; should there be more, the next wait is short.
            _wake.Receive(_received);
        }
        catch (SocketException)
        {
            // It was not there after all.
        }
    }
}
