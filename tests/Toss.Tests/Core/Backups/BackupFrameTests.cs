using System.Buffers.Binary;
using Google.Protobuf;
using Toss.Core.Backups;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Core.Backups;

public sealed class BackupFrameTests
{
    private static readonly BackupRecord piece = new()
    {
        Piece = new BackupPiece { Content = ByteString.CopyFrom(1, 2, 3) },
    };

    private static readonly BackupRecord end = new() { End = new BackupEnd { Clips = 1 } };

    [Fact]
    public void Records_come_out_however_they_are_cut()
    {
        byte[] all = [.. BackupFrames.Write(piece), .. BackupFrames.Write(piece), .. BackupFrames.Write(end)];
        for (var size = 1; size <= all.Length; size++)
        {
            using var reader = new BackupFrameReader();
            var read = new List<BackupRecord>();
            foreach (var part in all.Chunk(size))
            {
                reader.Push(part);
                while (reader.TryNext(out var record) == BackupFrame.Record)
                {
                    read.Add(record);
                }
            }
            Assert.Equal([piece, piece, end], read);
            Assert.True(reader.IsOver);
        }
    }

    [Fact]
    public void Nothing_is_read_behind_the_end_and_nothing_held()
    {
        using var reader = new BackupFrameReader();
        reader.Push(BackupFrames.Write(end));
        Assert.Equal(BackupFrame.Record, reader.TryNext(out _));
        for (var i = 0; i < 100; i++)
        {
            reader.Push(BackupFrames.Write(piece));
            Assert.Equal(BackupFrame.WantsMore, reader.TryNext(out _));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(Limits.BackupRecord + 1)]
    [InlineData(int.MaxValue)]
    public void A_length_out_of_bounds_is_malformed_before_anything_is_held_for_it(int length)
    {
        var bytes = new byte[BackupFrames.LengthSize];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        using var reader = new BackupFrameReader();
        reader.Push(bytes);
        Assert.Equal(BackupFrame.Malformed, reader.TryNext(out _));
    }

    [Fact]
    public void What_is_no_record_is_malformed()
    {
        foreach (byte[] content in new byte[][] { [], [0xFF, 0xFF], [0x3A, 0x00] })
        {
            var bytes = new byte[BackupFrames.LengthSize + content.Length];
            BinaryPrimitives.WriteInt32BigEndian(bytes, content.Length);
            content.CopyTo(bytes, BackupFrames.LengthSize);
            using var reader = new BackupFrameReader();
            reader.Push(bytes);
            Assert.Equal(BackupFrame.Malformed, reader.TryNext(out _));
        }
    }
}
