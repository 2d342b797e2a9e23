using System.Globalization;
using System.Text;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Testing.Programs;
using Xunit;

namespace Toss.Tests.Real.EndToEnd;

/// <summary>A thousand copies in a row, from both sides at once.</summary>
public sealed class ManyCopiesTests
{
    private const int Each = 500;

    [Fact]
    public async Task A_thousand_from_both_sides_are_on_both_once()
    {
        await using var two = await TwoPrograms.PairedAsync();
        await Task.WhenAll(CopyAllAsync(two.A), CopyAllAsync(two.B));
        await AllAreThereAsync(two);
        string[] texts = [.. Enumerable.Range(0, Each).SelectMany(n => new[] { TextOf(two.A, n), TextOf(two.B, n) })];
        await AssertHistoriesAsync(two, texts);

        // Both agree what was copied last, and the next one finds nothing of the thousand still going round.
        var last = await PasteAsync(two.A);
        Assert.Contains(last, new[] { TextOf(two.A, Each - 1), TextOf(two.B, Each - 1) });
        Assert.Equal(last, await PasteAsync(two.B));
        await two.A.CopyAsync("there");
        await two.B.PastesAsync("there");
        await two.B.CopyAsync("and back");
        await two.A.PastesAsync("and back");
        await AllAreThereAsync(two);
        await AssertHistoriesAsync(two, [.. texts, "there", "and back"]);
    }

    private static string TextOf(TossProgram program, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{program.Name} {number:D3}");

    /// <summary>As `toss copy` does, without a process for each.</summary>
    private static async Task CopyAllAsync(TossProgram program)
    {
        for (var number = 0; number < Each; number++)
        {
            using var content = new MemoryStream(Encoding.UTF8.GetBytes(TextOf(program, number)));
            var copied = await program.Control.CopyAsync(MediaTypes.Text, content, false, CancellationToken.None);
            Assert.Equal((null, 1), (copied.Reason, copied.Peers));
        }
    }

    /// <summary>Nothing waits on either side: the other said of each clip what became of it.</summary>
    private static Task AllAreThereAsync(TwoPrograms two) =>
        Eventually.HoldsAsync(
            "both to have said of every copy that it came",
            async () => await PendingAsync(two.A) == 0 && await PendingAsync(two.B) == 0,
            async () => $"{await two.A.StateAsync()}\n{await two.B.StateAsync()}"
        );

    private static async Task<int> PendingAsync(TossProgram program) =>
        Assert.Single((await program.Control.GetStatusAsync(CancellationToken.None)).Peers).Pending;

    private static async Task AssertHistoriesAsync(TwoPrograms two, string[] texts)
    {
        foreach (var program in (TossProgram[])[two.A, two.B])
        {
            var clips = await program.Control.GetHistoryAsync(null, 10_000, CancellationToken.None);
            Assert.Equal(
                texts.Order(StringComparer.Ordinal),
                clips.Select(clip => clip.Preview).Order(StringComparer.Ordinal)
            );
            Assert.Equal(clips.Count, clips.Select(clip => clip.Id).Distinct().Count());
            Assert.All(clips, clip => Assert.Equal("complete", clip.State));
        }
    }

    private static async Task<string> PasteAsync(TossProgram program) =>
        (await program.RunAsync("paste")).Exits(0).Output;
}
