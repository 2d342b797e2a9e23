using CsCheck;
using Toss.Quic;
using Toss.Quic.Streams;
using Xunit;

namespace Toss.Tests.Quic.Streams;

public sealed class BufferTests
{
    private const int Length = 20_000;

    private static readonly byte[] Text = [.. Enumerable.Range(0, Length).Select(number => (byte)(number * 31 >> 3))];

    /// <summary>Pieces in any order, overlapping and repeated, over several blocks, read in between.</summary>
    [Fact]
    public void Reassembles() =>
        Gen.Select(Gen.Int[0, Length], Gen.Int[0, 6000], Gen.Int[0, 3000])
            .Array[0, 60]
            .Sample(
                pieces =>
                {
                    var pool = new BlockPool();
                    var buffer = new ReceiveBuffer(pool);
                    var plain = new bool[Length];
                    var read = 0;
                    foreach (var (offset, length, toRead) in pieces)
                    {
                        var end = Math.Min(Length, offset + length);
                        Assert.Equal(TransportErrorCode.NoError, buffer.CheckSize(end, fin: end == Length));
                        buffer.Note(end, fin: end == Length);
                        Assert.Equal(
                            TransportErrorCode.NoError,
                            buffer.Insert(offset, Text.AsSpan(offset, end - offset))
                        );
                        plain.AsSpan(offset, end - offset).Fill(true);
                        var into = new byte[toRead];
                        var got = buffer.Read(into);
                        var readable = plain.AsSpan(read).IndexOf(false) is var gap and >= 0 ? gap : Length - read;
                        Assert.Equal(Math.Min(toRead, readable), got);
                        Assert.True(into.AsSpan(0, got).SequenceEqual(Text.AsSpan(read, got)));
                        read += got;
                        Assert.Equal(!plain.AsSpan(read).Contains(false) && buffer.FinalSize == Length, buffer.IsWhole);
                        Assert.InRange(pool.InUse, 0, (Length / BlockPool.BlockLength) + 1);
                    }
                    _ = buffer.Drop();
                    Assert.Equal(0, pool.InUse);
                },
                iter: 1000,
                seed: "0000KNy0D3C5"
            );

    [Fact]
    public void The_end_never_moves()
    {
        var buffer = new ReceiveBuffer(new BlockPool());
        buffer.Note(10, fin: false);
        Assert.Equal(TransportErrorCode.FinalSizeError, buffer.CheckSize(9, fin: true));
        Assert.Equal(TransportErrorCode.NoError, buffer.CheckSize(10, fin: true));
        buffer.Note(12, fin: true);
        Assert.Equal(TransportErrorCode.NoError, buffer.CheckSize(12, fin: true));
        Assert.Equal(TransportErrorCode.NoError, buffer.CheckSize(3, fin: false));
        Assert.Equal(TransportErrorCode.FinalSizeError, buffer.CheckSize(11, fin: true));
        Assert.Equal(TransportErrorCode.FinalSizeError, buffer.CheckSize(13, fin: true));
        Assert.Equal(TransportErrorCode.FinalSizeError, buffer.CheckSize(13, fin: false));
    }

    [Fact]
    public void Pieces_without_end_are_an_error()
    {
        var buffer = new ReceiveBuffer(new BlockPool());
        for (var piece = 0; piece < ReceiveBuffer.MaxPieces; piece++)
        {
            Assert.Equal(TransportErrorCode.NoError, buffer.Insert(1 + (piece * 2), [1]));
        }
        Assert.Equal(TransportErrorCode.InternalError, buffer.Insert(1 + (ReceiveBuffer.MaxPieces * 2), [1]));
    }

    [Fact]
    public void Sends_again_only_what_was_lost()
    {
        var pool = new BlockPool();
        var buffer = new SendBuffer(pool, 10_000);
        Assert.Equal(10_000, buffer.Append(Text));
        Assert.Equal(0, buffer.Append(Text));
        for (var offset = 0; offset < 10_000; offset += 1000)
        {
            Assert.True(buffer.TryTake(1000, long.MaxValue, out var chunk));
            Assert.Equal(new SendChunk(offset, 1000, false), chunk);
        }
        Assert.False(buffer.TryTake(1000, long.MaxValue, out _));
        buffer.Acked(5000, 1000, fin: false);
        buffer.Lost(4000, 3000, fin: false);
        buffer.Lost(0, 1000, fin: false);
        buffer.Acked(0, 500, fin: false);
        Assert.True(buffer.TryTake(400, 0, out var again));
        Assert.Equal(new SendChunk(500, 400, false), again);
        Assert.True(buffer.TryTake(4000, 0, out again));
        Assert.Equal(new SendChunk(900, 100, false), again);
        Assert.True(buffer.TryTake(4000, 0, out again));
        Assert.Equal(new SendChunk(4000, 1000, false), again);
        buffer.Acked(500, 4500, fin: false);
        Assert.Equal(6000, buffer.Start);
        Assert.Equal(6000, buffer.Room);
        Assert.Equal(2, pool.InUse);
        buffer.Finish();
        Assert.True(buffer.TryTake(4000, 0, out again));
        Assert.Equal(new SendChunk(6000, 1000, false), again);
        Assert.True(buffer.TryTake(0, 0, out again));
        Assert.Equal(new SendChunk(10_000, 0, true), again);
        buffer.Lost(10_000, 0, fin: true);
        Assert.True(buffer.TryTake(0, 0, out again));
        Assert.Equal(new SendChunk(10_000, 0, true), again);
        buffer.Acked(6000, 4000, fin: false);
        Assert.False(buffer.IsAllAcked);
        buffer.Acked(10_000, 0, fin: true);
        Assert.True(buffer.IsAllAcked);
        Assert.Equal(0, pool.InUse);
        buffer.Lost(10_000, 0, fin: true);
        Assert.False(buffer.HasWork);
    }

    [Fact]
    public void New_bytes_wait_for_credit()
    {
        var buffer = new SendBuffer(new BlockPool(), 1000);
        _ = buffer.Append(Text.AsSpan(0, 100));
        buffer.Finish();
        Assert.False(buffer.TryTake(1000, 0, out _));
        Assert.True(buffer.TryTake(1000, 60, out var chunk));
        Assert.Equal(new SendChunk(0, 60, false), chunk);
        Assert.True(buffer.TryTake(1000, 60, out chunk));
        Assert.Equal(new SendChunk(60, 40, true), chunk);
    }
}
