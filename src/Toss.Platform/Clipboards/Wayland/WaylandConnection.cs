using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// The bytes of one connection to a compositor, on one thread: requests out, events in, descriptors with both. Never
/// blocks. Knows message boundaries and which ids are free, and nothing of clipboards. A compositor that breaks the rules
/// ends it (<see cref="IsDead"/>), and so does one that takes nothing for too long.
/// </summary>
internal sealed class WaylandConnection : IDisposable
{
    /// <summary>The size field has 16 bits: no event is longer.</summary>
    private const int LongestEvent = ushort.MaxValue;

    /// <summary>Requests that wait because the compositor does not read; a hundred copies of ours are less.</summary>
    private const int MostWaiting = 4096;

    /// <summary>Descriptors that came and that no event has claimed yet: two full messages of them.</summary>
    private const int MostUnclaimed = 2 * LibcSockets.MostDescriptors;

    private readonly int _socket;
    private readonly byte[] _received = new byte[2 * (LongestEvent + 1)];
    private readonly Queue<int> _descriptors = new();
    private readonly Queue<(byte[] Bytes, int Descriptor)> _waiting = new();
    private readonly Stack<uint> _free = new();
    private int _begin;
    private int _end;
    private int _sent;
    private uint _next = WaylandProtocol.Display + 1;

    private WaylandConnection(int socket) => _socket = socket;

    public int Descriptor => _socket;

    /// <summary>The compositor is gone, or is none: every further call does nothing.</summary>
    public bool IsDead { get; private set; }

    /// <summary>Why, in words for a test or a debugger; empty if it just closed.</summary>
    public string Complaint { get; private set; } = "";

    /// <summary>Requests wait for the compositor to read.</summary>
    public bool IsSending => !IsDead && _waiting.Count > 0;

    /// <summary>Null if nobody listens at that path.</summary>
    public static WaylandConnection? TryOpen(string path)
    {
        var socket = LibcSockets.Connect(path);
        return socket < 0 ? null : new(socket);
    }

    /// <summary>
    /// An id for an object of ours. Compositors want no gaps, so ids that are free again go first.
    /// </summary>
    public uint TakeId() => _free.TryPop(out var id) ? id : _next++;

    /// <summary>The compositor knows this id no more (wl_display.delete_id).</summary>
    public void ReturnId(uint id) => _free.Push(id);

    public void Send(WaylandRequest request)
    {
        if (IsDead || _waiting.Count >= MostWaiting)
        {
            Close(request.Descriptor);
            Fail("It does not read.");
            return;
        }
        _waiting.Enqueue((request.ToBytes(), request.Descriptor));
    }

    /// <summary>Sends what the compositor takes; the rest waits for poll(2) to say that it takes more.</summary>
    public void Flush()
    {
        while (!IsDead && _waiting.TryPeek(out var first))
        {
            var sent = LibcSockets.Send(_socket, first.Bytes.AsSpan(_sent), _sent == 0 ? first.Descriptor : -1);
            if (sent < 0)
            {
                if (Marshal.GetLastPInvokeError() != LibcSockets.WouldBlock)
                {
                    Fail("");
                }
                return;
            }
            if (_sent == 0)
            {
                Close(first.Descriptor);
            }
            _sent += (int)sent;
            if (_sent == first.Bytes.Length)
            {
                _waiting.Dequeue();
                _sent = 0;
            }
        }
    }

    /// <summary>Receives what is there; false if nothing is.</summary>
    public bool TryReceive()
    {
        if (IsDead)
        {
            return false;
        }
        _received.AsSpan(_begin, _end - _begin).CopyTo(_received);
        _end -= _begin;
        _begin = 0;
        var received = LibcSockets.Receive(_socket, _received.AsSpan(_end), _descriptors, out var whole);
        if (received < 0 && Marshal.GetLastPInvokeError() == LibcSockets.WouldBlock)
        {
            return false;
        }
        if (received <= 0)
        {
            Fail("");
            return false;
        }
        if (!whole || _descriptors.Count > MostUnclaimed)
        {
            Fail("It passes descriptors that nobody asked for.");
            return false;
        }
        _end += (int)received;
        return true;
    }

    /// <summary>The next whole event of what was received. Its arguments hold until the next call.</summary>
    public bool TryNextEvent(out WaylandEvent received)
    {
        received = default;
        if (IsDead || _end - _begin < WaylandProtocol.HeaderSize)
        {
            return false;
        }
        var header = _received.AsSpan(_begin);
        var target = BinaryPrimitives.ReadUInt32LittleEndian(header);
        var word = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        var size = (int)(word >> 16);
        if (size < WaylandProtocol.HeaderSize || size % sizeof(uint) != 0)
        {
            Fail($"An event of {size} bytes.");
            return false;
        }
        if (_end - _begin < size)
        {
            return false;
        }
        received = new(target, (ushort)word, header[WaylandProtocol.HeaderSize..size]);
        _begin += size;
        return true;
    }

    /// <summary>The descriptor that belongs to the event at hand; the caller closes it.</summary>
    public bool TryTakeDescriptor(out int descriptor) => _descriptors.TryDequeue(out descriptor);

    public void Fail(string complaint)
    {
        if (!IsDead)
        {
            IsDead = true;
            Complaint = complaint;
        }
    }

    public void Dispose()
    {
        IsDead = true;
        while (_descriptors.TryDequeue(out var descriptor))
        {
            Close(descriptor);
        }
        while (_waiting.TryDequeue(out var waiting))
        {
            // What is half sent took its descriptor along.
            Close(_sent == 0 ? waiting.Descriptor : -1);
            _sent = 0;
        }
        Close(_socket);
    }

    private static void Close(int descriptor)
    {
        if (descriptor >= 0)
        {
            _ = Libc.Close(descriptor);
        }
    }
}
