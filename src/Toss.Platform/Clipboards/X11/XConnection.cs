using System.Buffers;
using System.Runtime.InteropServices;

namespace Toss.Platform.Clipboards.X11;

/// <summary>
/// One open display, on one thread. Knows when the server is gone (<see cref="IsDead"/>) and which windows of others have
/// vanished; nothing of selections.
/// </summary>
internal sealed unsafe class XConnection : IDisposable
{
    /// <summary>Bytes of a property fetched per request: a quarter of the smallest reply limit seen, so no huge buffers in Xlib.</summary>
    private const int Slice = 256 * 1024;

    /// <summary>Bytes of a ChangeProperty request beside its data, with room (24, or 28 with BIG-REQUESTS).</summary>
    private const int RequestHeader = 100;

    /// <summary>INCR chunks: large enough for speed, small enough that no requestor waits long for another's.</summary>
    private const int LargestChunk = 256 * 1024;

    // Xlib's error handlers are the process's and know only the display. Displays belong to one thread each, and both
    // handlers run on it, so the thread's connection is the one that failed.
    [ThreadStatic]
    private static XConnection? s_current;

    private readonly nint _display;
    private readonly bool _isLocal;
    private readonly List<nint> _vanished = [];

    private XConnection(nint display, bool isLocal)
    {
        _display = display;
        _isLocal = isLocal;
        s_current = this;
        Root = Xlib.DefaultRootWindow(display);
        Descriptor = Xlib.ConnectionNumber(display);
        var units = Math.Max(Xlib.MaxRequestSize(display), Xlib.ExtendedMaxRequestSize(display));
        Chunk = (int)Math.Min(LargestChunk, (units * 4) - RequestHeader);
        Atoms = new XAtoms(this);
    }

    public int Descriptor { get; }

    public nint Root { get; }

    public XAtoms Atoms { get; }

    /// <summary>The most bytes one property write may carry.</summary>
    public int Chunk { get; }

    /// <summary>The server is gone: every further call does nothing.</summary>
    public bool IsDead { get; private set; }

    /// <summary>The XFIXES extension's first event, or -1 if the server lacks it.</summary>
    public int FixesEvent { get; private set; } = -1;

    /// <summary>Null if nobody listens at that name. Throws if a library is missing or too old.</summary>
    public static XConnection? TryOpen(string displayName)
    {
        try
        {
            _ = Xlib.InitThreads();
            // Both are needed: the first keeps Xlib from printing, the second (per display) from calling exit().
            _ = Xlib.SetErrorHandler(&OnError);
            _ = Xlib.SetIoErrorHandler(&OnIoError);
            var display = Xlib.OpenDisplay(displayName);
            if (display == 0)
            {
                return null;
            }
            Xlib.SetIoErrorExitHandler(display, &OnIoErrorExit, 0);
            var connection = new XConnection(
                display,
                displayName.StartsWith(':') || displayName.StartsWith("unix:", StringComparison.Ordinal)
            );
            connection.FindFixes();
            return connection;
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new PlatformException(
                PlatformFailure.MissingLibrary,
                $"The X11 clipboard needs {Xlib.Library} (1.7 or newer) and {Xlib.FixesLibrary}.",
                failure
            );
        }
    }

    public nint Intern(string name) => IsDead ? 0 : Xlib.InternAtom(_display, name, 0);

    /// <summary>A window nobody sees, to own and to ask with.</summary>
    public nint CreateWindow()
    {
        if (IsDead)
        {
            return 0;
        }
        var window = Xlib.CreateSimpleWindow(_display, Root, -10, -10, 1, 1, 0, 0, 0);
        _ = Xlib.SelectInput(_display, window, Xlib.PropertyChangeMask);
        return window;
    }

    public void DestroyWindow(nint window)
    {
        if (!IsDead)
        {
            _ = Xlib.DestroyWindow(_display, window);
        }
    }

    public void WatchSelection(nint window, nint selection)
    {
        if (!IsDead)
        {
            Xlib.FixesSelectSelectionInput(_display, window, selection, Xlib.AllSelectionEvents);
        }
    }

    /// <summary>Property and structure events of another client's window, or none of them any more.</summary>
    public void Watch(nint window, bool on)
    {
        if (!IsDead)
        {
            _ = Xlib.SelectInput(_display, window, on ? Xlib.PropertyChangeMask | Xlib.StructureNotifyMask : 0);
        }
    }

    public void Convert(nint selection, nint target, nint property, nint window, nint time)
    {
        if (!IsDead)
        {
            _ = Xlib.ConvertSelection(_display, selection, target, property, window, time);
        }
    }

    public void SetOwner(nint selection, nint window, nint time)
    {
        if (!IsDead)
        {
            _ = Xlib.SetSelectionOwner(_display, selection, window, time);
        }
    }

    public nint GetOwner(nint selection) => IsDead ? 0 : Xlib.GetSelectionOwner(_display, selection);

    public void DeleteProperty(nint window, nint property)
    {
        if (!IsDead)
        {
            _ = Xlib.DeleteProperty(_display, window, property);
        }
    }

    /// <summary>Appends nothing: the answering PropertyNotify carries the server's time (ICCCM §2.1).</summary>
    public void Touch(nint window, nint property)
    {
        if (!IsDead)
        {
            _ = Xlib.ChangeProperty(_display, window, property, Xlib.AtomInteger, 8, Xlib.ModeAppend, null, 0);
        }
    }

    public void WriteBytes(nint window, nint property, nint type, ReadOnlySpan<byte> value)
    {
        if (!IsDead)
        {
            fixed (byte* p = value)
            {
                _ = Xlib.ChangeProperty(_display, window, property, type, 8, Xlib.ModeReplace, p, value.Length);
            }
        }
    }

    /// <summary>Format 32 items are C longs on this side of the wire.</summary>
    public void WriteLongs(nint window, nint property, nint type, ReadOnlySpan<nint> value)
    {
        if (!IsDead)
        {
            fixed (nint* p = value)
            {
                _ = Xlib.ChangeProperty(_display, window, property, type, 32, Xlib.ModeReplace, (byte*)p, value.Length);
            }
        }
    }

    public void Send(nint window, XSelectionEvent notify)
    {
        if (!IsDead)
        {
            XEvent sent = default;
            *(XSelectionEvent*)&sent = notify;
            _ = Xlib.SendEvent(_display, window, 0, 0, &sent);
        }
    }

    /// <summary>
    /// The program that owns a selection, by its executable's name as the kernel has it (at most 15 bytes); null if it cannot be
    /// told: it runs elsewhere, or its server does not say.
    /// </summary>
    public string? ProgramOf(nint selection)
    {
        // Ids of processes are of the server's machine.
        var owner = IsDead || !_isLocal ? 0 : GetOwner(selection);
        return owner == 0 ? null : ProgramOfWindow(owner);
    }

    /// <summary>The program that has a window, likewise.</summary>
    public string? ProgramOfWindow(nint window)
    {
        if (IsDead || !_isLocal || XRes.PidOf(_display, window) is not { } pid)
        {
            return null;
        }
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").TrimEnd('\n');
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// The whole property, left in place. A property larger than <paramref name="limit"/> is not fetched; its size tells.
    /// </summary>
    public XProperty ReadProperty(nint window, nint property, long limit)
    {
        var read = default(XProperty);
        while (!IsDead)
        {
            nint type,
                count,
                remaining;
            int format;
            byte* value = null;
            // Offsets and lengths count four bytes, whatever the format.
            var status = Xlib.GetWindowProperty(
                _display,
                window,
                property,
                Wire(read.Bytes.Count, read.Format) / 4,
                Slice / 4,
                0,
                0,
                &type,
                &format,
                &count,
                &remaining,
                &value
            );
            if (status != 0 || IsDead)
            {
                break;
            }
            try
            {
                var length = (int)count * (format == 32 ? sizeof(nint) : format / 8);
                var rest = format == 32 ? remaining * (sizeof(nint) / 4) : remaining;
                var filled = read.Bytes.Count;
                if (filled + length + (long)rest > limit)
                {
                    read.Dispose();
                    return new(type, format, filled + length + (long)rest, default);
                }
                var array = filled == 0 ? ArrayPool<byte>.Shared.Rent(length + (int)rest) : read.Bytes.Array!;
                read = new(type, format, filled, new(array, 0, filled));
                if (array.Length < filled + length)
                {
                    // Its owner appends while we read: not what selections do.
                    break;
                }
                new ReadOnlySpan<byte>(value, length).CopyTo(array.AsSpan(filled));
                read = new(type, format, filled + length, new(array, 0, filled + length));
                if (remaining == 0 || length == 0)
                {
                    return read;
                }
            }
            finally
            {
                if (value != null)
                {
                    _ = Xlib.Free(value);
                }
            }
        }
        read.Dispose();
        return default;
    }

    /// <summary>False if there is none: never call XNextEvent then, it would block, and on a dead display crash.</summary>
    public bool TryNextEvent(out XEvent received)
    {
        received = default;
        if (IsDead || Xlib.Pending(_display) == 0 || IsDead)
        {
            return false;
        }
        fixed (XEvent* p = &received)
        {
            _ = Xlib.NextEvent(_display, p);
        }
        return !IsDead;
    }

    public void Flush()
    {
        if (!IsDead)
        {
            _ = Xlib.Flush(_display);
        }
    }

    /// <summary>Windows of others that an error said are gone, each once.</summary>
    public void TakeVanished(List<nint> into)
    {
        into.AddRange(_vanished);
        _vanished.Clear();
    }

    public void Dispose()
    {
        _ = Xlib.CloseDisplay(_display);
        if (s_current == this)
        {
            s_current = null;
        }
    }

    private static int Wire(int filled, int format) => format == 32 ? filled / (sizeof(nint) / 4) : filled;

    private void FindFixes()
    {
        int first,
            error;
        if (!IsDead && Xlib.FixesQueryExtension(_display, &first, &error) != 0)
        {
            FixesEvent = first;
        }
    }

    [UnmanagedCallersOnly]
    private static int OnError(nint display, XErrorEvent* error)
    {
        // BadWindow (3) above all: requestors vanish in the middle of a transfer. More than a few hundred are not
        // remembered; their transfers end by time.
        if (s_current is { } connection && connection._vanished.Count < 256)
        {
            connection._vanished.Add(error->Resource);
        }
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int OnIoError(nint display) => 0;

    [UnmanagedCallersOnly]
    private static void OnIoErrorExit(nint display, nint argument)
    {
        if (s_current is { } connection)
        {
            connection.IsDead = true;
        }
    }
}
