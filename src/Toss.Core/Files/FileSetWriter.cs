using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Toss.Core.Files;

/// <summary>
/// Writes a set of files as bytes: docs/protocol/files.md. Calls come in the order of the set: <see cref="Begin"/>, then for
/// each entry <see cref="Add"/> and for a file its content and <see cref="EndFile"/>, then <see cref="End"/>. A folder comes before
/// what is in it. Holds nothing. Not thread-safe.
/// </summary>
public sealed class FileSetWriter
{
    internal const int HeadSize = 5;

    private long _left;
    private bool _isInFile;
    private long _bytes;

    /// <summary>Entries so far.</summary>
    public int Entries { get; private set; }

    internal static ReadOnlySpan<byte> Magic => "TOSSFS\0\u0001"u8;

    public static void Begin(IBufferWriter<byte> output) => output.Write(Magic);

    public void Add(FileEntry entry, IBufferWriter<byte> output)
    {
        Need(!_isInFile);
        if (!IsWithinLimits(entry) || Entries == FileSetLimits.Entries)
        {
            throw new ArgumentException("More than a set may hold.", nameof(entry));
        }
        var names = entry.Parts.Select(Encoding.UTF8.GetBytes).ToList();
        var length = 20 + names.Sum(name => sizeof(ushort) + name.Length);
        var span = Head(FileSetRecord.Entry, length, output);
        span[0] = (byte)entry.Kind;
        span[1] = entry.IsExecutable ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64BigEndian(span[2..], entry.Modified.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(span[10..], entry.Size);
        BinaryPrimitives.WriteUInt16BigEndian(span[18..], (ushort)names.Count);
        span = span[20..];
        foreach (var name in names)
        {
            BinaryPrimitives.WriteUInt16BigEndian(span, (ushort)name.Length);
            name.CopyTo(span[sizeof(ushort)..]);
            span = span[(sizeof(ushort) + name.Length)..];
        }
        output.Advance(HeadSize + length);
        Entries++;
        (_isInFile, _left) = (entry.Kind == FileKind.File, entry.Size);
    }

    /// <summary>Room for so many bytes of content; then <see cref="AddData(int, IBufferWriter{byte})"/> says how many were put there.</summary>
    public static Memory<byte> DataRoom(int most, IBufferWriter<byte> output) =>
        output.GetMemory(HeadSize + most).Slice(HeadSize, most);

    /// <summary>The bytes that were put into <see cref="DataRoom"/>.</summary>
    public void AddData(int length, IBufferWriter<byte> output)
    {
        Take(length);
        _ = Head(FileSetRecord.Data, length, output);
        output.Advance(HeadSize + length);
    }

    /// <summary>So many zeros that nobody stored.</summary>
    public void AddHole(long length, IBufferWriter<byte> output)
    {
        Take(length);
        BinaryPrimitives.WriteInt64BigEndian(Head(FileSetRecord.Hole, sizeof(long), output), length);
        output.Advance(HeadSize + sizeof(long));
    }

    /// <summary>The file ends; with less than its size if it became shorter.</summary>
    public void EndFile(bool hasChanged, IBufferWriter<byte> output)
    {
        Need(_isInFile && (_left == 0 || hasChanged));
        Head(FileSetRecord.EndOfFile, 1, output)[0] = hasChanged ? (byte)1 : (byte)0;
        output.Advance(HeadSize + 1);
        _isInFile = false;
    }

    /// <summary>Nothing follows: without this a set that was cut off would look whole.</summary>
    public void End(IBufferWriter<byte> output)
    {
        Need(!_isInFile);
        var span = Head(FileSetRecord.EndOfSet, 12, output);
        BinaryPrimitives.WriteInt32BigEndian(span, Entries);
        BinaryPrimitives.WriteInt64BigEndian(span[4..], _bytes);
        output.Advance(HeadSize + 12);
    }

    /// <summary>What may be said of one entry.</summary>
    public static bool IsWithinLimits(FileEntry entry) =>
        entry.Parts.Count is > 0 and <= FileSetLimits.Depth
        && entry.Size is >= 0 and <= FileSetLimits.Content
        && entry.Parts.All(static name => name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= FileSetLimits.Name)
        && entry.Parts.Sum(static name => Encoding.UTF8.GetByteCount(name) + 1) <= FileSetLimits.Path;

    private void Take(long length)
    {
        Need(_isInFile && length > 0 && length <= _left);
        _left -= length;
        _bytes += length;
    }

    private static Span<byte> Head(FileSetRecord kind, int length, IBufferWriter<byte> output)
    {
        var span = output.GetSpan(HeadSize + length);
        span[0] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(span[1..], length);
        return span.Slice(HeadSize, length);
    }

    private static void Need(bool isInOrder)
    {
        if (!isInOrder)
        {
            throw new InvalidOperationException("A set of files has its order.");
        }
    }
}
