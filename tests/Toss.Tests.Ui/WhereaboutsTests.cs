using Toss.Control;
using Toss.Ui.Home;
using Xunit;

namespace Toss.Tests.Ui;

/// <summary>What is said of where a clip is: what is known, and no more.</summary>
public sealed class WhereaboutsTests
{
    [Theory]
    [InlineData("applied", null, "at.applied", Tone.Good)]
    [InlineData("kept", null, "at.kept", Tone.Good)]
    [InlineData("sent", null, "at.sent", Tone.Waiting)]
    [InlineData("sealed", null, "at.leaving", Tone.Waiting)]
    [InlineData("waiting", null, "at.leaving", Tone.Waiting)]
    [InlineData("expired", null, "at.expired", Tone.Bad)]
    [InlineData("refused", "too-large", "at.refused-too-large", Tone.Bad)]
    [InlineData("refused", "paused", "at.refused-paused", Tone.Bad)]
    [InlineData("refused", "not-wanted", "at.refused-rule", Tone.Bad)]
    [InlineData("refused", "storage-full", "at.refused-full", Tone.Bad)]
    [InlineData("refused", "cancelled", "at.refused-cancelled", Tone.Bad)]
    [InlineData("refused", "malformed", "at.refused", Tone.Bad)]
    public void Of_a_delivery(string state, string? reason, string word, Tone tone)
    {
        var clip = Samples.Text with { Deliveries = [new HistoryDelivery("ID-B", "phone", state, reason)] };
        Assert.Equal(new Whereabouts(word, tone), Whereabouts.Of(clip, Samples.Phone));
    }

    [Theory]
    [InlineData("waiting", "at.away")]
    [InlineData("sent", "at.left")]
    public void Of_one_that_is_away(string state, string word)
    {
        var clip = Samples.Text with { Deliveries = [new HistoryDelivery("ID-C", "desk", state, null)] };
        Assert.Equal(word, Whereabouts.Of(clip, Samples.Desk).Word);
    }

    [Fact]
    public void Of_who_copied_it_and_of_this_device()
    {
        Assert.Equal("at.copied-here", Whereabouts.Of(Samples.Text, Samples.Laptop).Word);
        Assert.Equal("at.copied-there", Whereabouts.Of(Samples.Picture, Samples.Phone).Word);
        Assert.Equal("at.here", Whereabouts.Of(Samples.Picture, Samples.Laptop).Word);
        Assert.Equal("at.coming", Whereabouts.Of(Samples.Picture with { State = "incomplete" }, Samples.Laptop).Word);
        Assert.Equal("at.lost", Whereabouts.Of(Samples.Picture with { State = "lost" }, Samples.Laptop).Word);
    }

    /// <summary>Another sent it there: whether it came, this device does not know.</summary>
    [Fact]
    public void Of_a_third_device_nothing_is_claimed() =>
        Assert.Equal("at.unknown", Whereabouts.Of(Samples.Picture, Samples.Desk).Word);
}
