using System.Buffers.Binary;
using System.Text;

namespace Toss.Platform.Clipboards.Wayland;

/// <summary>One request in the making. May carry one descriptor, which is closed once it is sent.</summary>
internal sealed class WaylandRequest(uint target, ushort opcode)
{
    private readonly List<byte> _arguments = [];

    public int Descriptor { get; private set; } = -1;

    public WaylandRequest Add(uint value)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        _arguments.AddRange(word);
        return this;
    }

    public WaylandRequest Add(string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        Add((uint)bytes.Length + 1);
        _arguments.AddRange(bytes);
        _arguments.Add(0);
        while (_arguments.Count % sizeof(uint) != 0)
        {
            _arguments.Add(0);
        }
        return this;
    }

    public WaylandRequest Pass(int descriptor)
    {
        Descriptor = descriptor;
        return this;
    }

    public byte[] ToBytes()
    {
        var bytes = new byte[WaylandProtocol.HeaderSize + _arguments.Count];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, target);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), ((uint)bytes.Length << 16) | opcode);
        _arguments.CopyTo(bytes, WaylandProtocol.HeaderSize);
        return bytes;
    }
}
