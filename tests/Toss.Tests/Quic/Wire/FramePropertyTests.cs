using CsCheck;
using Toss.Quic;
using Toss.Quic.Collections;
using Toss.Quic.Wire;
using Toss.Tests.Crypto;
using Xunit;

namespace Toss.Tests.Quic.Wire;

public sealed class FramePropertyTests
{
    private static readonly FrameRules s_rules = new(PacketType.OneRtt, FromClient: false, 65535, true);

    [Fact]
    public void Frames_are_read_as_they_were_written_with_padding_between() =>
        FixedSamples.Check(
            FrameSamples.Any.List[1, 12],
            21,
            1500,
            samples =>
            {
                var buffer = new byte[8192];
                var writer = new FrameWriter(buffer);
                var expected = new List<string>();
                foreach (var sample in samples)
                {
                    Assert.True(sample.Write(ref writer));
                    expected.Add(sample.Text);
                    if (writer.IsClosed)
                    {
                        break;
                    }
                    writer.WritePadding(2);
                    expected.Add("Padding");
                }
                Assert.Equal(expected, Read(buffer.AsSpan(0, writer.Length), out var error));
                Assert.Equal(TransportErrorCode.NoError, error);
            }
        );

    [Fact]
    public void Every_truncation_of_a_frame_is_refused_as_badly_encoded() =>
        FixedSamples.Check(
            FrameSamples.Any,
            22,
            1500,
            sample =>
            {
                var bytes = Write(sample);
                for (var length = 1; length < bytes.Length && !sample.Ends; length++)
                {
                    Assert.Empty(Read(bytes.AsSpan(0, length), out var error));
                    Assert.Equal(TransportErrorCode.FrameEncodingError, error);
                }
            }
        );

    [Fact]
    public void A_frame_is_written_whole_or_not_at_all() =>
        FixedSamples.Check(
            FrameSamples.Any.Where(s =>
                s.Type
                    is not (
                        FrameType.Ack
                        or FrameType.AckEcn
                        or FrameType.ConnectionClose
                        or FrameType.ApplicationClose
                    )
            ),
            23,
            1000,
            sample =>
            {
                var size = Write(sample).Length;
                for (var space = 0; space <= size; space++)
                {
                    var writer = new FrameWriter(new byte[space]);
                    Assert.Equal(space == size, sample.Write(ref writer));
                    Assert.Equal(space == size ? size : 0, writer.Length);
                }
            }
        );

    [Fact]
    public void Acknowledgements_and_closes_shrink_to_their_space() =>
        FixedSamples.Check(
            FrameSamples.Any.Where(s =>
                s.Type is FrameType.Ack or FrameType.AckEcn or FrameType.ConnectionClose or FrameType.ApplicationClose
            ),
            24,
            200,
            sample =>
            {
                var size = Write(sample).Length;
                for (var space = 0; space <= size; space++)
                {
                    var buffer = new byte[space];
                    var writer = new FrameWriter(buffer);
                    if (sample.Write(ref writer))
                    {
                        Assert.Single(Read(buffer.AsSpan(0, writer.Length), out _));
                    }
                }
            }
        );

    [Fact]
    public void Capacities_are_what_fits()
    {
        for (var space = 1; space < 300; space++)
        {
            foreach (var offset in new long[] { 0, 5, 1 << 20 })
            {
                var writer = new FrameWriter(new byte[space]);
                var fits = Math.Max(0, writer.StreamCapacity(4, offset));
                Assert.True(fits == 0 || writer.TryWriteStream(4, offset, new byte[fits], false));
                writer = new FrameWriter(new byte[space]);
                Assert.False(writer.TryWriteStream(4, offset, new byte[fits + 2], false));
                fits = Math.Max(0, writer.CryptoCapacity(offset));
                Assert.True(fits == 0 || writer.TryWriteCrypto(offset, new byte[fits]));
            }
        }
    }

    [Fact]
    public void An_acknowledgement_takes_no_more_ranges_than_it_may()
    {
        var ranges = new RangeSet();
        for (var i = 0; i < 100; i++)
        {
            ranges.Add(10 * i, (10 * i) + 3);
        }
        var buffer = new byte[1000];
        var writer = new FrameWriter(buffer);
        Assert.True(writer.TryWriteAck(ranges.Ranges, 5, null, maximumRanges: 2));
        Assert.Equal(["Ack 5 990-992 980-982 "], Read(buffer.AsSpan(0, writer.Length), out _));
        writer = new FrameWriter(buffer);
        Assert.True(writer.TryWriteAck(ranges.Ranges, 5, null));
        // A count above 63 takes two bytes: 1 + 2 + 1 + 2 + 1 before the ranges of two bytes each.
        Assert.Equal(7 + (99 * 2), writer.Length);
    }

    [Fact]
    public void Random_bytes_are_read_or_refused_but_never_throw() =>
        FixedSamples.Check(
            Gen.Byte.Array[0, 60],
            25,
            20_000,
            bytes =>
            {
                if (bytes.Length > 0)
                {
                    bytes[0] &= 0x3f;
                }
                Read(bytes, out _);
            }
        );

    [Fact]
    public void Reading_allocates_nothing()
    {
        var ranges = new RangeSet();
        ranges.Add(1, 5);
        ranges.Add(7, 9);
        var buffer = new byte[1000];
        var total = 0L;
        long Once()
        {
            var writer = new FrameWriter(buffer);
            writer.TryWriteAck(ranges.Ranges, 5, new EcnCounts(1, 2, 3));
            writer.TryWriteMaxStreamData(4, 100);
            writer.TryWriteStream(4, 10, "data"u8, true);
            var reader = new FrameReader(buffer.AsSpan(0, writer.Length), s_rules);
            while (reader.TryRead(out var frame))
            {
                foreach (var range in frame.Ack)
                {
                    total += range.Largest;
                }
            }
            return total;
        }
        for (var i = 0; i < 100; i++)
        {
            Once();
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            Once();
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(total > 0);
    }

    private static byte[] Write(FrameSample sample)
    {
        var buffer = new byte[2048];
        var writer = new FrameWriter(buffer);
        Assert.True(sample.Write(ref writer));
        return buffer[..writer.Length];
    }

    private static List<string> Read(ReadOnlySpan<byte> payload, out TransportErrorCode error)
    {
        var frames = new List<string>();
        var reader = new FrameReader(payload, s_rules);
        while (reader.TryRead(out var frame))
        {
            frames.Add(FrameSamples.Describe(frame));
        }
        error = reader.Error;
        return frames;
    }
}
