using System.Buffers.Binary;
using System.Text;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>
/// One event as it came: who it is about, which it is, and its arguments, to be read in order. Whatever a compositor sends,
/// reading returns false at worst.
/// </summary>
internal ref struct WaylandEvent(uint target, ushort opcode, ReadOnlySpan<byte> arguments)
{
    private ReadOnlySpan<byte> _left = arguments;

    public uint Target { get; } = target;

    public ushort Opcode { get; } = opcode;

    /// <summary>An unsigned integer, or an object's id.</summary>
    public bool TryUInt(out uint value)
    {
        if (_left.Length < sizeof(uint))
        {
            value = 0;
            return false;
        }
        // The protocol is in the machine's byte order; Toss runs on little-endian ones.
        value = BinaryPrimitives.ReadUInt32LittleEndian(_left);
        _left = _left[sizeof(uint)..];
        return true;
    }

    /// <summary>Length with the final zero, the bytes, and padding to a whole word.</summary>
    public bool TryString(out string value)
    {
        value = "";
        if (!TryUInt(out var length) || length == 0 || length > (uint)_left.Length)
        {
            return false;
        }
        var bytes = _left[..(int)length];
        if (bytes[^1] != 0)
        {
            return false;
        }
        value = Encoding.UTF8.GetString(bytes[..^1]);
        _left = _left[Math.Min(_left.Length, ((int)length + 3) & ~3)..];
        return true;
    }
}
