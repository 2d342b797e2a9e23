using Toss.Platform.Native;

namespace Toss.Platform.Clipboards;

/// <summary>Lets other threads end the wait of a clipboard's thread (eventfd(2)).</summary>
internal sealed unsafe class WakeEvent : IDisposable
{
    private readonly Lock _guard = new();
    private int _descriptor = Libc.EventFd(0, Libc.EventFdCloseOnExec | Libc.EventFdNonBlocking);

    public WakeEvent()
    {
        if (_descriptor < 0)
        {
            throw new PlatformException(PlatformFailure.FileSystem, "No file descriptor is left for an eventfd.");
        }
    }

    public void Set()
    {
        lock (_guard)
        {
            if (_descriptor >= 0)
            {
                ulong one = 1;
                _ = Libc.Write(_descriptor, &one, sizeof(ulong));
            }
        }
    }

    /// <summary>
    /// Returns when <see cref="Set"/> was called, when the other descriptor (or -1) has something, or when the time is up;
    /// null waits without end. May return early: callers look again.
    /// </summary>
    public void Wait(int other, TimeSpan? atMost)
    {
        Span<Libc.PollDescriptor> polled = [default, new() { Descriptor = other, Events = Libc.PollIn }];
        Wait(polled, atMost);
    }

    /// <summary>The same for many. The first place of <paramref name="polled"/> is this event's own.</summary>
    public void Wait(Span<Libc.PollDescriptor> polled, TimeSpan? atMost)
    {
        var milliseconds = atMost is { } time ? (int)Math.Clamp(Math.Ceiling(time.TotalMilliseconds), 0, 60_000) : -1;
        polled[0] = new() { Descriptor = _descriptor, Events = Libc.PollIn };
        fixed (Libc.PollDescriptor* first = polled)
        {
            // A negative descriptor is passed over (poll(2)).
            if (Libc.Poll(first, (nuint)polled.Length, milliseconds) <= 0)
            {
                foreach (ref var each in polled)
                {
                    each.Returned = 0;
                }
            }
        }
        if (polled[0].Returned != 0)
        {
            ulong count;
            _ = Libc.Read(_descriptor, &count, sizeof(ulong));
        }
    }

    public void Dispose()
    {
        lock (_guard)
        {
            _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }
}
