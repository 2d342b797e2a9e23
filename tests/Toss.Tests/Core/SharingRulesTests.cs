using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;
using static Toss.Core.Sync.Sharing;
using static Toss.Core.Sync.SharingDirection;

namespace Toss.Tests.Core;

public sealed class SharingRulesTests
{
    private static readonly DeviceId B = new(1, 2);
    private static readonly DeviceId C = new(3, 4);

    private static readonly Dictionary<string, string> Others = new() { ["max-size"] = "7" };

    /// <summary>One entry each, from the widest to the narrowest; each set of them, and who wins.</summary>
    [Fact]
    public void The_most_specific_entry_wins_whatever_the_others_say()
    {
        RulePlace[] places =
        [
            new(Out, null, null),
            new(Out, null, ClipKind.Text),
            new(Out, B, null),
            new(Out, B, ClipKind.Text),
        ];
        Sharing[] values = [Ask, Never, Ask, Never];
        for (var set = 0; set < 16; set++)
        {
            var rules = SharingRules.None;
            var expected = Automatic;
            for (var i = 0; i < 4; i++)
            {
                if ((set & (1 << i)) != 0)
                {
                    rules = rules.With(places[i], values[i]);
                    expected = values[i];
                }
            }
            Assert.Equal(expected, rules.Of(Out, B, ClipKind.Text));
            Assert.Equal(Automatic, rules.Of(In, B, ClipKind.Text));
            Assert.Equal((set & 4) != 0 || (set & 1) != 0 ? Ask : Automatic, rules.Of(Out, B, ClipKind.Url));
            Assert.Equal(
                (set & 2) != 0 ? Never
                    : (set & 1) != 0 ? Ask
                    : Automatic,
                rules.Of(Out, C, ClipKind.Text)
            );
        }
    }

    [Fact]
    public void An_entry_may_allow_again_what_a_wider_one_forbids()
    {
        var rules = SharingRules.None.With(new(Out, null, null), Never).With(new(Out, B, null), Automatic);
        Assert.Equal(Automatic, rules.Of(Out, B, ClipKind.Secret));
        Assert.Equal(Never, rules.Of(Out, C, ClipKind.Secret));
        Assert.Equal(Never, rules.With(new(Out, B, null), null).Of(Out, B, ClipKind.Secret));
    }

    [Theory]
    [InlineData(Sensitivity.Secret, MediaTypes.Png, ClipKind.Secret)]
    [InlineData(Sensitivity.Normal, MediaTypes.Png, ClipKind.Picture)]
    [InlineData(Sensitivity.Normal, MediaTypes.Svg, ClipKind.Picture)]
    [InlineData(Sensitivity.Normal, "IMAGE/JPEG", ClipKind.Picture)]
    [InlineData(Sensitivity.Normal, MediaTypes.Url, ClipKind.Url)]
    [InlineData(Sensitivity.Normal, MediaTypes.Text, ClipKind.Text)]
    [InlineData(Sensitivity.Normal, "text/plain", ClipKind.Text)]
    [InlineData(Sensitivity.Normal, MediaTypes.Html, ClipKind.Text)]
    [InlineData(Sensitivity.Normal, MediaTypes.Rtf, ClipKind.Text)]
    [InlineData(Sensitivity.Normal, MediaTypes.Colour, ClipKind.Other)]
    public void A_kind_is_that_of_the_first_format(Sensitivity sensitivity, string type, ClipKind kind) =>
        Assert.Equal(kind, SharingRules.KindOf(sensitivity, type));

    [Fact]
    public void A_limit_of_a_device_goes_before_that_of_any()
    {
        var rules = SharingRules.None.WithSize(new(In, null, null), 1).WithSize(new(In, B, null), 2);
        const long MiB = 1024 * 1024;
        Assert.False(rules.IsTooLarge(In, C, MiB));
        Assert.True(rules.IsTooLarge(In, C, MiB + 1));
        Assert.False(rules.IsTooLarge(In, B, 2 * MiB));
        Assert.True(rules.IsTooLarge(In, B, (2 * MiB) + 1));
        Assert.False(rules.IsTooLarge(Out, B, 90 * MiB));
        Assert.False(rules.IsAutomatic(In, B, ClipKind.Text, 3 * MiB));
    }

    [Fact]
    public void What_is_written_is_read_and_other_settings_stay()
    {
        var rules = SharingRules
            .None.With(new(Out, B, ClipKind.Picture), Never)
            .With(new(In, null, ClipKind.Url), Ask)
            .With(new(In, C, null), Automatic)
            .WithSize(new(Out, null, null), 5);

        var written = rules.WriteTo(Others);
        var read = SharingRules.Read(written);

        Assert.Equal("7", written["max-size"]);
        Assert.Equal(rules.Entries, read.Entries);
        Assert.Equal(rules.Sizes, read.Sizes);
        Assert.Equal(Others, SharingRules.None.WriteTo(written));
    }

    [Theory]
    [InlineData("rule:out:*:*", "perhaps", true, false)]
    [InlineData("rule:out:*:*", "1", true, false)]
    [InlineData("rule:out:*:film", "automatic", true, false)]
    [InlineData("rule:out:friends:*", "automatic", true, false)]
    [InlineData("rule:out:*:*:work", "automatic", true, false)]
    [InlineData("rule:through:*:*", "automatic", true, true)]
    [InlineData("rule:", "", true, true)]
    [InlineData("rule-size:out:*:*", "many", true, false)]
    [InlineData("rule-size:in:*:text", "5", false, true)]
    public void What_cannot_be_read_asks(string key, string value, bool asksOut, bool asksIn)
    {
        var rules = SharingRules.Read(new Dictionary<string, string>(Others) { [key] = value });

        Assert.Equal(asksOut ? Ask : Automatic, rules.Of(Out, B, ClipKind.Text));
        Assert.Equal(asksIn ? Ask : Automatic, rules.Of(In, B, ClipKind.Text));
    }

    [Fact]
    public void What_cannot_be_read_does_not_weaken_what_can()
    {
        var rules = SharingRules.Read(
            new Dictionary<string, string> { ["rule:out:*:*"] = "never", ["rule:out:*:film"] = "automatic" }
        );
        Assert.Equal(Never, rules.Of(Out, B, ClipKind.Text));
    }
}
