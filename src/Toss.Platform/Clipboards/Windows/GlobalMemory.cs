using System.Runtime.InteropServices;
using Toss.Platform.Native;

namespace Toss.Platform.Clipboards.Windows;

/// <summary>Memory as Windows' clipboard takes it, filled from its beginning on; it grows with what is put into it. One thread.</summary>
/// <param name="mostExpected">Bytes that will be needed, as far as anybody knows; it may become more.</param>
internal sealed unsafe class GlobalMemory(long mostExpected) : IDisposable
{
    /// <summary>What is taken at first: whoever announces much may not bring it.</summary>
    private const nuint First = 1024 * 1024;

    private nint _memory;
    private nuint _room;
    private nuint _length;

    /// <summary>False if there is no memory left; then nothing more can be put.</summary>
    public bool TryAppend(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 0)
        {
            return true;
        }
        if (!TryMakeRoom(_length + (nuint)bytes.Length))
        {
            return false;
        }
        var at = Kernel32.GlobalLock(_memory);
        if (at is null)
        {
            return false;
        }
        bytes.CopyTo(new Span<byte>((byte*)at + _length, bytes.Length));
        Kernel32.GlobalUnlock(_memory);
        _length += (nuint)bytes.Length;
        return true;
    }

    /// <summary>Gives it to the clipboard, which is open. False if it is empty or not taken; then it stays ours.</summary>
    public bool TryGive(uint format)
    {
        // Of what was never written nobody else gets anything.
        if (_length > 0 && _room != _length && !Resize(_length))
        {
            return false;
        }
        if (_length == 0 || User32.SetClipboardData(format, _memory) == 0)
        {
            return false;
        }
        _memory = 0;
        return true;
    }

    public void Dispose()
    {
        if (_memory == 0)
        {
            return;
        }
        // What was copied for a person is not left in memory that anybody of this process gets next.
        var at = Kernel32.GlobalLock(_memory);
        if (at is not null)
        {
            NativeMemory.Clear(at, _length);
            Kernel32.GlobalUnlock(_memory);
        }
        Kernel32.GlobalFree(_memory);
        _memory = 0;
    }

    private bool TryMakeRoom(nuint needed)
    {
        if (_memory == 0)
        {
            _room = Math.Max(needed, Math.Min(First, (nuint)mostExpected));
            _memory = Kernel32.GlobalAlloc(Kernel32.GlobalMovable, _room);
            return _memory != 0;
        }
        if (needed <= _room)
        {
            return true;
        }
        var twice = needed <= (nuint)mostExpected ? Math.Min(_room * 2, (nuint)mostExpected) : _room * 2;
        return Resize(Math.Max(needed, twice));
    }

    private bool Resize(nuint room)
    {
        var memory = Kernel32.GlobalReAlloc(_memory, room, Kernel32.GlobalMovable);
        if (memory == 0)
        {
            return false;
        }
        (_memory, _room) = (memory, room);
        return true;
    }
}
