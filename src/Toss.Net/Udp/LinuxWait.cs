using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Toss.Quic;

namespace Toss.Net.Udp;

/// <summary>ppoll over the sockets and an eventfd. Deadlines to the nanosecond, as late as the kernel's slack of 50 µs.</summary>
internal sealed unsafe class LinuxWait : ILoopWait
{
    private readonly SafeFileHandle _event;
    private readonly int _eventDescriptor;
    private readonly LinuxSockets.PollDescriptor[] _polled = new LinuxSockets.PollDescriptor[
        NetworkLoop.MaxSockets + 1
    ];

    private LinuxWait(SafeFileHandle opened)
    {
        _event = opened;
        _eventDescriptor = (int)opened.DangerousGetHandle();
    }

    public static LinuxWait? TryCreate() => LinuxSockets.OpenEvent() is { } opened ? new(opened) : null;

    public void Wake()
    {
        try
        {
            ulong one = 1;
            // Fails only if the counter is at its end, and then the wait ends anyway.
            _ = LinuxSockets.Write(_event, &one, sizeof(ulong));
        }
        catch (ObjectDisposedException)
        {
            // The loop ended meanwhile.
        }
    }

    public void Wait(List<UdpSocket> sockets, Instant deadline)
    {
        _polled[0] = new() { Descriptor = _eventDescriptor, Events = LinuxSockets.PollIn };
        for (var i = 0; i < sockets.Count; i++)
        {
            _polled[i + 1] = new()
            {
                Descriptor = (int)sockets[i].Socket.Handle,
                Events = (short)(LinuxSockets.PollIn | (sockets[i].IsBlocked ? LinuxSockets.PollOut : 0)),
            };
        }

        var ready = Poll(sockets.Count + 1, deadline);

        for (var i = 0; i < sockets.Count; i++)
        {
            var returned = ready > 0 ? _polled[i + 1].Returned : 0;
            if ((returned & LinuxSockets.PollInvalid) != 0)
            {
                throw new ObjectDisposedException(nameof(UdpSocket));
            }
            const int Failed = LinuxSockets.PollError | LinuxSockets.PollHangUp;
            sockets[i].IsReadable = (returned & (LinuxSockets.PollIn | Failed)) != 0; // receiving takes the error away
            sockets[i].IsWritable = (returned & LinuxSockets.PollOut) != 0;
        }
        if (ready > 0 && _polled[0].Returned != 0)
        {
            ulong count;
            _ = LinuxSockets.Read(_event, &count, sizeof(ulong));
        }
    }

    public void Dispose() => _event.Dispose();

    private int Poll(int count, Instant deadline)
    {
        fixed (LinuxSockets.PollDescriptor* polled = _polled)
        {
            while (true)
            {
                var timeout = LoopClock.Until(deadline);
                var ticks = timeout?.Ticks ?? 0;
                var limit = new LinuxSockets.TimeSpecification
                {
                    Seconds = ticks / TimeSpan.TicksPerSecond,
                    Nanoseconds = ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
                };
                var ready = LinuxSockets.Poll(polled, (nuint)count, timeout is null ? null : &limit, null);
                if (ready >= 0)
                {
                    return ready;
                }
                var error = Marshal.GetLastPInvokeError();
                if (error != LinuxSockets.ErrorInterrupted) // a signal that some thread had to take
                {
                    throw new InvalidOperationException($"ppoll: error {error}");
                }
            }
        }
    }
}
