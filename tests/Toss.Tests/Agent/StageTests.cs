using System.Collections.Concurrent;
using System.Diagnostics;
using Toss.Testing.Agents;
using Xunit;

namespace Toss.Tests.Agent;

/// <summary>The path of a clip, observed: every stage opens its Activity, in order, tagged with the clip and nothing else.</summary>
[Collection(nameof(StageTests))]
public sealed class StageTests : TwoDevices
{
    [Fact]
    public async Task A_clip_passes_the_stages_in_their_order()
    {
        await PairAsync();
        await TestPairing.Until(
            async () => (await A.Control.GetStatusAsync(default)).Peers.Single().Pending == 0,
            "a quiet start"
        );
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Toss",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);

        var copied = await A.Control.CopyAsync(
            "text/plain",
            new MemoryStream("through the stages"u8.ToArray()),
            false,
            default
        );
        await TestPairing.UntilClipboard(B.Control, "through the stages");
        await TestPairing.Until(
            async () => (await A.Control.GetStatusAsync(default)).Peers.Single().Pending == 0,
            "the receipt"
        );

        var mine = seen.Where(activity => (string?)activity.GetTagItem("toss.clip") == copied.Clip).ToList();
        Assert.All(mine, activity => Assert.Equal(["toss.clip"], activity.Tags.Select(tag => tag.Key)));
        var names = mine.OrderBy(activity => activity.StartTimeUtc).Select(activity => activity.OperationName).ToList();
        Assert.Equal(
            [
                "Capture",
                "Admit",
                "Record",
                "Distribute",
                "Find a path",
                "Seal",
                "Send",
                "Receive",
                "Open",
                "Accept",
                "Apply",
            ],
            // A's own clipboard shows what `toss copy` copied: an Apply of its own, before B's.
            names.Where((name, index) => name != "Apply" || index == names.LastIndexOf("Apply"))
        );
        // The relay has no clip to name: its stage is there, without a tag.
        Assert.Contains(seen, activity => activity.OperationName == "Relay");
    }

    [Fact]
    public async Task Trace_shows_the_last_clips_stage_by_stage()
    {
        await PairAsync();
        await A.Control.CopyAsync("text/plain", new MemoryStream("traced"u8.ToArray()), false, default);
        await TestPairing.UntilClipboard(B.Control, "traced");

        var sent = (await A.Control.GetTraceAsync(1, default)).Single();
        Assert.Equal("out", sent.Direction);
        Assert.Equal("Capture", sent.Stages[0].Name);
        await TestPairing.Until(
            async () =>
                (await B.Control.GetTraceAsync(1, default)) is [{ Direction: "in" } trace]
                && trace.Stages.Any(s => s.Name == "Apply"),
            "B's trace"
        );
    }
}
