using Toss.Core.Blobs;
using Xunit;

namespace Toss.Tests.Core.Blobs;

public sealed class FetchPlanTests
{
    private static readonly ChunkSet s_nothing = new(0);

    /// <summary>Little of a blob near by, more far away, and 4 MiB at most.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(512, 1, 1)]
    [InlineData(2048, 5, 2)]
    [InlineData(32_768, 1, 32)]
    [InlineData(512, 6, 16)]
    [InlineData(2048, null, 32)]
    public void A_range_is_a_small_part_of_the_whole(int chunks, int? roundTrip, int atOnce) =>
        Assert.Equal(atOnce, FetchPlan.AtOnce(chunks, roundTrip is { } ms ? TimeSpan.FromMilliseconds(ms) : null));

    [Fact]
    public void Only_what_is_missing_is_asked_for_and_once()
    {
        var here = new ChunkSet(200);
        foreach (var index in Enumerable.Range(3, 90))
        {
            here.Add(index);
        }
        var plan = new FetchPlan(default, here);
        var asked = new List<int>();
        while (plan.TryTake(s_nothing, 6, out var range))
        {
            Assert.InRange(range.Count, 1, 6);
            asked.AddRange(Enumerable.Range(range.First, range.Count));
        }
        Assert.Equal(Enumerable.Range(0, 200).Except(Enumerable.Range(3, 90)), asked);
        Assert.False(plan.IsDone);
    }

    /// <summary>
    /// Sources that lack some, that end in the middle of a range or bring nothing: nothing is asked for twice at once, nobody is
    /// asked for what it lacks, and all of it is here as soon as some source had each chunk.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(3000)]
    public void Whatever_sources_do_each_chunk_is_asked_for_until_it_came(int chunks)
    {
        for (var seed = 1; seed <= 30; seed++)
        {
            var random = new Random(seed);
            var plan = new FetchPlan(default, new ChunkSet(chunks));
            var lacking = Enumerable.Range(0, 3).Select(_ => new ChunkSet(chunks)).ToArray();
            for (var index = 0; index < chunks; index++)
            {
                // The last has all.
                _ = random.Next(3) == 0 && lacking[random.Next(2)].Add(index);
            }
            var underWay = new List<BlobRange>();
            var steps = 0;
            while (!plan.IsDone)
            {
                Assert.True(++steps < 100 * chunks + 1000, $"seed {seed}: it does not end");
                var lacks = lacking[random.Next(lacking.Length)];
                if (random.Next(2) == 0 && plan.TryTake(lacks, 1 + random.Next(32), out var range))
                {
                    var wanted = Enumerable.Range(range.First, range.Count).ToList();
                    Assert.DoesNotContain(wanted, index => plan.Here.Contains(index) || lacks.Contains(index));
                    Assert.DoesNotContain(underWay, other => other.First < range.End && range.First < other.End);
                    underWay.Add(range);
                }
                else if (underWay.Count > 0)
                {
                    var ended = underWay[random.Next(underWay.Count)];
                    underWay.Remove(ended);
                    var came = random.Next(ended.Count + 1);
                    for (var index = ended.First; index < ended.First + came; index++)
                    {
                        plan.Came(index);
                    }
                    plan.GiveBack(ended);
                }
            }
            Assert.True(plan.Here.IsWhole);
        }
    }
}
