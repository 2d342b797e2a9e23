using Toss.Core.Blobs;
using Xunit;

namespace Toss.Tests.Core.Blobs;

public sealed class ChunkSetTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(1000)]
    public void It_holds_what_was_added_and_survives_its_bytes(int chunks)
    {
        var random = new Random(chunks);
        var set = new ChunkSet(chunks);
        var model = new SortedSet<int>();
        for (var i = 0; i < 3 * chunks; i++)
        {
            var index = random.Next(chunks);
            if (random.Next(4) == 0)
            {
                set.Remove(index);
                model.Remove(index);
            }
            else
            {
                Assert.Equal(model.Add(index), set.Add(index));
            }
        }
        foreach (var one in new[] { set, set.Copy(), ChunkSet.Read(chunks, set.Bits.Span) })
        {
            Assert.Equal((chunks, model.Count, model.Count == chunks), (one.Chunks, one.Held, one.IsWhole));
            Assert.Equal(model, Enumerable.Range(-1, chunks + 2).Where(one.Contains));
        }
        Assert.True(ChunkSet.Whole(chunks).IsWhole);
    }

    [Fact]
    public void Bits_beyond_the_last_chunk_count_for_nothing()
    {
        var set = ChunkSet.Read(9, [0x00, 0xFF]);
        Assert.Equal(1, set.Held);
        Assert.Throws<ArgumentException>(() => ChunkSet.Read(9, [0x00]));
    }

    [Fact]
    public void A_run_ends_where_a_chunk_is_missing()
    {
        var set = ChunkSet.Read(10, [0b1011_0110, 0b11]);
        Assert.Equal([0, 2, 1, 0, 2, 1], Enumerable.Range(0, 6).Select(first => set.RunAt(first, 5)));
        Assert.Equal((3, 2, 0, 0), (set.RunAt(7, 5), set.RunAt(7, 2), set.RunAt(10, 5), set.RunAt(-1, 5)));
    }
}
