using System.Buffers;
using System.Buffers.Binary;
using Toss.Core.Files;
using Xunit;

namespace Toss.Tests.Core.Files;

public sealed class FileSetTests
{
    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1000)]
    [InlineData(7)]
    [InlineData(1)]
    public void A_set_comes_out_as_it_went_in_however_its_bytes_are_cut(int piece)
    {
        var (bytes, told) = Sample();
        Assert.Equal(told, Read(bytes, piece));
    }

    [Fact]
    public void A_set_that_is_cut_anywhere_is_not_whole()
    {
        var (bytes, _) = Sample();
        for (var length = 0; length < bytes.Length; length++)
        {
            var reader = new FileSetReader();
            reader.Give(bytes.AsMemory(0, length));
            FileSetPart part;
            while ((part = reader.Next()).Kind != FileSetPartKind.None)
            {
                Assert.NotEqual(FileSetPartKind.Malformed, part.Kind);
            }
            Assert.False(reader.IsWhole);
        }
    }

    [Fact]
    public void Nothing_may_follow_the_end()
    {
        var (bytes, _) = Sample();
        Assert.Equal("Malformed", Read([.. bytes, 0], int.MaxValue)[^1]);
        Assert.Equal("Malformed", Read([.. bytes, 0], 1)[^1]);
    }

    public static TheoryData<string, byte[]> Lies =>
        new()
        {
            { "no set", "TOSSFS\0\u0002"u8.ToArray() },
            { "data before a file", Set(Record(2, 1)) },
            { "a hole before a file", Set(Record(3, 0, 0, 0, 0, 0, 0, 0, 1)) },
            { "an unknown record", Set(Record(6, 1)) },
            { "an entry in a file", Set(Entry(1, "a", 5), Entry(1, "b", 5)) },
            { "more data than its size", Set(Entry(1, "a", 1), Record(2, 1, 2)) },
            { "a larger hole than its size", Set(Entry(1, "a", 7), Record(3, 0, 0, 0, 0, 0, 0, 0, 8)) },
            { "a hole of less than nothing", Set(Entry(1, "a", 7), Record(3, 255, 255, 255, 255, 255, 255, 255, 255)) },
            { "less than its size", Set(Entry(1, "a", 2), Record(2, 1), Record(4, 0)) },
            { "an end in a file", Set(Entry(1, "a", 2), Record(5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)) },
            { "another number of entries", Set(Entry(2, "a", 0), Record(5, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0)) },
            { "another sum", Set(Entry(2, "a", 0), Record(5, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)) },
            { "a folder with a size", Set(Entry(2, "a", 1)) },
            { "a kind that is none", Set(Entry(3, "a", 1)) },
            { "a size beyond everything", Set(Entry(1, "a", long.MaxValue)) },
            { "a negative size", Set(Entry(1, "a", -1)) },
            { "no name", Set(Entry(1, "", 1)) },
            { "a record of two gigabytes", Set([2, 127, 255, 255, 255]) },
            { "a record of a negative length", Set([1, 255, 255, 255, 255]) },
            { "a name that is no text", Set(EntryOf(1, [0xC3, 0x28], 1)) },
        };

    [Theory]
    [MemberData(nameof(Lies))]
    public void What_is_no_set_is_refused(string what, byte[] bytes)
    {
        Assert.True(Read(bytes, int.MaxValue)[^1] == "Malformed", what);
        Assert.True(Read(bytes, 1)[^1] == "Malformed", what);
    }

    [Fact]
    public void No_more_entries_than_allowed_are_written_or_read()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FileSetWriter();
        FileSetWriter.Begin(output);
        for (var i = 0; i < FileSetLimits.Entries; i++)
        {
            writer.Add(Folder($"{i}"), output);
        }
        Assert.Throws<ArgumentException>(() => writer.Add(Folder("more"), output));
        Assert.Equal("Malformed", Read([.. output.WrittenSpan, .. Entry(2, "x", 0)], int.MaxValue)[^1]);
        writer.End(output);
        Assert.Equal("EndOfSet", Read(output.WrittenSpan.ToArray(), int.MaxValue)[^1]);
    }

    [Fact]
    public void What_is_beyond_a_limit_is_not_written()
    {
        var writer = new FileSetWriter();
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(() => writer.Add(Folder(new string('x', FileSetLimits.Name + 1)), output));
        Assert.Throws<ArgumentException>(() =>
            writer.Add(Folder([.. Enumerable.Repeat("a", FileSetLimits.Depth + 1)]), output)
        );
        Assert.Throws<ArgumentException>(() =>
            writer.Add(Folder([.. Enumerable.Repeat(new string('x', 200), 21)]), output)
        );
        Assert.Throws<InvalidOperationException>(() => writer.EndFile(false, output));
        writer.Add(new FileEntry(["a"], FileKind.File, default, 2), output);
        Assert.Throws<InvalidOperationException>(() => writer.End(output));
        Assert.Throws<InvalidOperationException>(() => writer.AddHole(3, output));
        Assert.Throws<InvalidOperationException>(() => writer.EndFile(false, output));
        writer.EndFile(true, output);
    }

    /// <summary>A folder, a program, a sparse file, one that became shorter, an empty one.</summary>
    internal static (byte[] Bytes, List<string> Told) Sample()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new FileSetWriter();
        FileSetWriter.Begin(output);
        writer.Add(Folder("folder"), output);
        writer.Add(
            new FileEntry(["folder", "run"], FileKind.File, DateTimeOffset.UnixEpoch.AddTicks(7), 3, true),
            output
        );
        Data(writer, output, 1, 2, 3);
        writer.EndFile(false, output);
        writer.Add(new FileEntry(["disk"], FileKind.File, DateTimeOffset.UnixEpoch, 1L << 32), output);
        writer.AddHole((1L << 32) - 1, output);
        Data(writer, output, 9);
        writer.EndFile(false, output);
        writer.Add(new FileEntry(["log"], FileKind.File, DateTimeOffset.UnixEpoch, 100), output);
        Data(writer, output, 5);
        writer.EndFile(true, output);
        writer.Add(new FileEntry(["空"], FileKind.File, DateTimeOffset.UnixEpoch, 0), output);
        writer.EndFile(false, output);
        writer.End(output);
        return (
            output.WrittenSpan.ToArray(),
            [
                "Folder folder 0 False 0",
                "File folder/run 7 True 3",
                "010203",
                "EndOfFile False",
                "File disk 0 False 4294967296",
                "Hole 4294967295",
                "09",
                "EndOfFile False",
                "File log 0 False 100",
                "05",
                "EndOfFile True",
                "File 空 0 False 0",
                "EndOfFile False",
                "EndOfSet",
            ]
        );
    }

    internal static List<string> Read(byte[] bytes, int piece)
    {
        var reader = new FileSetReader();
        var told = new List<string>();
        var data = "";
        for (var at = 0; at < bytes.Length; )
        {
            var length = Math.Min(piece, bytes.Length - at);
            reader.Give(bytes.AsMemory(at, length));
            at += length;
            FileSetPart part;
            while ((part = reader.Next()).Kind != FileSetPartKind.None)
            {
                if (part.Kind == FileSetPartKind.Data)
                {
                    data += Convert.ToHexString(part.Data.Span);
                    continue;
                }
                if (data.Length > 0)
                {
                    told.Add(data);
                    data = "";
                }
                told.Add(
                    part switch
                    {
                        { Entry: { } entry } =>
                            $"{entry.Kind} {string.Join('/', entry.Parts)} {(entry.Modified - DateTimeOffset.UnixEpoch).Ticks} {entry.IsExecutable} {entry.Size}",
                        { Kind: FileSetPartKind.Hole } => $"Hole {part.Length}",
                        { Kind: FileSetPartKind.EndOfFile } => $"EndOfFile {part.HasChanged}",
                        _ => $"{part.Kind}",
                    }
                );
                if (part.Kind == FileSetPartKind.Malformed)
                {
                    Assert.False(reader.IsWhole);
                    return told;
                }
            }
        }
        Assert.Equal(told is [.., "EndOfSet"], reader.IsWhole);
        return told;
    }

    private static FileEntry Folder(params string[] parts) => new(parts, FileKind.Folder, DateTimeOffset.UnixEpoch, 0);

    private static void Data(FileSetWriter writer, ArrayBufferWriter<byte> output, params byte[] bytes)
    {
        bytes.CopyTo(FileSetWriter.DataRoom(bytes.Length, output));
        writer.AddData(bytes.Length, output);
    }

    private static byte[] Set(params byte[][] records) => [.. "TOSSFS\0\u0001"u8, .. records.SelectMany(one => one)];

    private static byte[] Record(byte kind, params byte[] body) => [kind, 0, 0, 0, (byte)body.Length, .. body];

    private static byte[] Entry(byte kind, string name, long size) =>
        EntryOf(kind, System.Text.Encoding.UTF8.GetBytes(name), size);

    private static byte[] EntryOf(byte kind, byte[] name, long size)
    {
        var body = new byte[20 + 2 + name.Length];
        body[0] = kind;
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(2), DateTimeOffset.UnixEpoch.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(body.AsSpan(10), size);
        body[19] = 1;
        body[21] = (byte)name.Length;
        name.CopyTo(body, 22);
        return Record(1, body);
    }
}
