using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Wire;

namespace Toss.Core.Backups;

/// <summary>A backup's records, one behind the other: each a length of four bytes, big-endian, and so many bytes of protobuf.</summary>
public static class BackupFrames
{
    public const int LengthSize = 4;

    public static byte[] Write(BackupRecord record)
    {
        var frame = new byte[LengthSize + record.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - LengthSize);
        record.WriteTo(frame.AsSpan(LengthSize));
        return frame;
    }
}
