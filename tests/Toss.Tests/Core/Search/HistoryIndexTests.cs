using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Core.Search;
using Toss.Core.Sync;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;

namespace Toss.Tests.Core.Search;

public sealed class HistoryIndexTests
{
    private static readonly string[] words = ["apple", "Äpfel", "banana", "cherry", "date", "fig"];
    private readonly StoreSamples _samples = new(11);

    /// <summary>Whatever was added, removed and marked, in any order: what it finds is what a list finds.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void It_finds_what_a_list_finds(int seed)
    {
        var random = new Random(seed);
        var origins = new[] { _samples.Device(), _samples.Device(), _samples.Device() };
        var list = new List<StoredClip>();
        using var index = new HistoryIndex();
        for (var step = 0; step < 600; step++)
        {
            switch (random.Next(8))
            {
                case 0 when list.Count > 0:
                    var gone = list[random.Next(list.Count)];
                    list.Remove(gone);
                    index.Remove(gone.Clip.Id);
                    break;
                case 1 when list.Count > 0:
                    var place = random.Next(list.Count);
                    var mark = new ClipMark(random.Next(2) == 0, random.Next(2) == 0 ? [] : [words[random.Next(6)]]);
                    list[place] = list[place] with { Mark = mark };
                    index.Mark(list[place].Clip.Id, mark);
                    break;
                default:
                    var text = string.Join(' ', Enumerable.Range(0, random.Next(4)).Select(_ => words[random.Next(6)]));
                    var stamp = new ClipStamp(random.Next(300), (ushort)random.Next(3), origins[random.Next(3)]);
                    var clip = _samples.Clip(text, stamp);
                    list.Add(clip);
                    index.Add(clip.Clip);
                    index.Add(clip.Clip);
                    break;
            }
            if (step % 20 == 0)
            {
                Compare(index, list, random, origins);
            }
        }
        Assert.Equal(list.Count, index.Count);
    }

    [Fact]
    public void Long_texts_are_cut_and_a_dropped_index_finds_nothing()
    {
        var index = new HistoryIndex();
        using (var page = new PreviewPage())
        {
            var text = System.Text.Encoding.UTF8.GetBytes(new string('ä', 5000) + "end");
            page.Add(_samples.ClipId(), new ClipStamp(1, 0, _samples.Device()), ClipKind.Text, ClipMark.None, text);
            Assert.Equal(PreviewPage.LargestText, page.TextOf(page.Rows[0]).Length);
            index.Add(page);
        }
        Assert.Single(index.Find(Question("AAAA"), null, 9));
        Assert.Empty(index.Find(Question("end"), null, 9));
        index.Dispose();
        Assert.Empty(index.Find(Question("aaaa"), null, 9));
    }

    private static void Compare(HistoryIndex index, List<StoredClip> list, Random random, DeviceId[] origins)
    {
        var query = string.Join(
            ' ',
            Enumerable.Range(0, random.Next(3)).Select(_ => words[random.Next(6)][..3].ToUpperInvariant())
        );
        var from = random.Next(3) == 0 ? origins[random.Next(3)] : (DeviceId?)null;
        var filter = new HistoryFilter(
            random.Next(4) == 0 ? ClipKind.Text : null,
            from is null ? null : origin => origin == from,
            random.Next(4) == 0,
            random.Next(4) == 0 ? words[random.Next(6)] : null
        );
        ClipStamp? before = random.Next(2) == 0 ? null : new ClipStamp(random.Next(300), 1, origins[random.Next(3)]);
        var limit = random.Next(1, 40);
        var expected = list.Where(clip =>
                filter.Passes(ClipKind.Text, clip.Clip.Origin, clip.Mark)
                && !(clip.Clip.Stamp >= before)
                && Folded(query)
                    .Split(' ')
                    .All(Folded(clip.Clip.Preview + "\n" + string.Join('\n', clip.Mark.Tags)).Contains)
            )
            .OrderByDescending(clip => clip.Clip.Stamp)
            .Select(clip => clip.Clip.Stamp)
            .Take(limit);
        Assert.Equal(expected, index.Find(Question(query, filter), before, limit).Select(found => found.Stamp));

        static string Folded(string text) => System.Text.Encoding.UTF8.GetString(FoldedText.Fold(text));
    }

    private static HistoryQuestion Question(string text, HistoryFilter? filter = null) =>
        new(text, filter ?? HistoryFilter.None, _ => "a device");
}
