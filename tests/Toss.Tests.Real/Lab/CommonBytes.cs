using System.Buffers.Binary;
using Toss.Testing.Net;

namespace Toss.Tests.Real.Lab;

/// <summary>
/// What everybody's packets show: whatever stands in these, four bytes and more of it together, is the protocol's and tells
/// nobody from anybody else.
/// </summary>
internal sealed class CommonBytes(IEnumerable<CapturedPacket> packets)
{
    /// <summary>Bytes: what is as long as a tag of a device, and does not come twice by chance.</summary>
    private const int Run = 8;

    private const int Least = 4;

    private readonly HashSet<uint> _known =
    [
        .. packets.SelectMany(static packet =>
            Enumerable.Range(0, Math.Max(0, packet.Payload.Length - Least + 1)).Select(at => Short(packet, at))
        ),
    ];

    /// <summary>Every eight bytes of it that have nothing common in them.</summary>
    public IEnumerable<(int At, ulong Bytes)> OthersIn(CapturedPacket packet)
    {
        var others = 0; // together, up to here
        for (var end = 1; end <= packet.Payload.Length; end++)
        {
            var isCommon = Enumerable
                .Range(Math.Max(0, end - Least), Least)
                .Any(at => at < end && at + Least <= packet.Payload.Length && _known.Contains(Short(packet, at)));
            others = isCommon ? 0 : others + 1;
            if (others >= Run)
            {
                yield return (end - Run, BinaryPrimitives.ReadUInt64BigEndian(packet.Payload.AsSpan(end - Run)));
            }
        }
    }

    private static uint Short(CapturedPacket packet, int at) =>
        BinaryPrimitives.ReadUInt32BigEndian(packet.Payload.AsSpan(at));
}
