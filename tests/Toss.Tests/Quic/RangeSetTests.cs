using CsCheck;
using Toss.Quic.Collections;
using Xunit;

namespace Toss.Tests.Quic;

public sealed class RangeSetTests
{
    private const int Numbers = 40;

    /// <summary>Any adds and removes hold the same numbers as a plain set, in ranges that are ascending and apart.</summary>
    [Fact]
    public void Agrees_with_a_plain_set() =>
        Gen.Select(Gen.Bool, Gen.Int[0, Numbers], Gen.Int[0, Numbers])
            .Array[0, 60]
            .Sample(
                steps =>
                {
                    var ranges = new RangeSet();
                    var plain = new SortedSet<long>();
                    foreach (var (adds, start, end) in steps)
                    {
                        if (adds)
                        {
                            ranges.Add(start, end);
                        }
                        else
                        {
                            ranges.Remove(start, end);
                        }
                        for (long number = start; number < end; number++)
                        {
                            _ = adds ? plain.Add(number) : plain.Remove(number);
                        }
                    }
                    var previous = -2L;
                    foreach (var range in ranges.Ranges)
                    {
                        Assert.True(range.Start > previous && range.End > range.Start);
                        previous = range.End;
                    }
                    for (var number = 0; number < Numbers; number++)
                    {
                        Assert.Equal(plain.Contains(number), ranges.Contains(number));
                        Assert.Equal(
                            plain.Contains(number) && plain.Contains(number + 1),
                            ranges.Covers(number, number + 2)
                        );
                    }
                    Assert.Equal(plain.Count == 0 ? -1 : plain.Min, ranges.Smallest);
                    Assert.Equal(plain.Count == 0 ? -1 : plain.Max, ranges.Largest);
                },
                seed: "0000KNy0D3C5"
            );

    [Fact]
    public void Bounded_it_forgets_the_smallest()
    {
        var ranges = new RangeSet();
        for (var number = 0; number < 20; number += 2)
        {
            ranges.Add(number);
        }
        ranges.KeepLargest(3);
        Assert.Equal(3, ranges.Count);
        Assert.Equal(14, ranges.Smallest);
        Assert.Equal(18, ranges.Largest);
    }
}
