using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Toss.Net.Udp;

/// <summary>ppoll over the sockets and an eventfd. Deadlines to the nanosecond, as late as the kernel's slack of 50 µs.</summary>
internal sealed unsafe class LinuxWait : ILoopWait
{
    private const long NanosecondsPerSecond = 1_000_000_000;

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

    public void Wait(List<UdpSocket> sockets, TimeSpan? timeout)
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

        int ready;
        fixed (LinuxSockets.PollDescriptor* polled = _polled)
        {
            var limit = new LinuxSockets.TimeSpecification();
            if (timeout is { } least)
            {
                limit.Seconds = least.Ticks / TimeSpan.TicksPerSecond;
                limit.Nanoseconds =
                    least.Ticks % TimeSpan.TicksPerSecond * (NanosecondsPerSecond / TimeSpan.TicksPerSecond);
            }
            ready = LinuxSockets.Poll(polled, (nuint)sockets.Count + 1, timeout is null ? null : &limit, null);
        }
        if (ready < 0 && Marshal.GetLastPInvokeError() != LinuxSockets.ErrorInterrupted)
        {
            throw new InvalidOperationException($"ppoll: error {Marshal.GetLastPInvokeError()}");
        }

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
}
