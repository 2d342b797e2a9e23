using Toss.Core.Clips;
using Toss.Core.Sync;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;

namespace Toss.Tests.Core;

public sealed class ArrivalTests
{
    private static readonly CircleId Circle = default;

    private static ArrivalContext Context(DateTimeOffset at, ClipStamp? newest = null)
    {
        using var key = Key(1);
        return new ArrivalContext(
            Clip(key, Circle, 1, at),
            OriginIsMember: true,
            OriginIsRevoked: false,
            AlreadyKnown: false,
            newest,
            Paused: false,
            Now
        );
    }

    [Fact]
    public void The_newest_takes_the_clipboard()
    {
        var older = new ClipStamp((Now - TimeSpan.FromSeconds(1)).ToUnixTimeMilliseconds(), 3, default);

        Assert.Equal(ArrivalVerdict.Apply, Arrival.Decide(Context(Now, older)).Verdict);
        Assert.Equal(ArrivalVerdict.Apply, Arrival.Decide(Context(Now)).Verdict);
    }

    [Fact]
    public void An_older_one_is_history_with_a_claim_of_its_own()
    {
        var newer = new ClipStamp(Now.ToUnixTimeMilliseconds() + 1, 0, default);
        var decision = Arrival.Decide(Context(Now, newer));

        Assert.Equal(ArrivalVerdict.Keep, decision.Verdict);
        Assert.True(decision.Claim);
    }

    [Fact]
    public void A_stamp_from_the_future_is_history_only()
    {
        var edge = Arrival.Decide(Context(Now + Limits.StampAhead));
        var beyond = Arrival.Decide(Context(Now + Limits.StampAhead + TimeSpan.FromMilliseconds(1)));

        Assert.Equal((ArrivalVerdict.Apply, true), (edge.Verdict, edge.Claim));
        Assert.Equal((ArrivalVerdict.Keep, false), (beyond.Verdict, beyond.Claim));
    }

    [Fact]
    public void Paused_keeps_without_applying() =>
        Assert.Equal(ArrivalVerdict.Keep, Arrival.Decide(Context(Now) with { Paused = true }).Verdict);

    [Theory]
    [InlineData(Sharing.Ask, false, ArrivalVerdict.Keep, RefusalReason.None)]
    [InlineData(Sharing.Never, false, ArrivalVerdict.Refuse, RefusalReason.NotWanted)]
    [InlineData(Sharing.Automatic, true, ArrivalVerdict.Refuse, RefusalReason.TooLarge)]
    [InlineData(Sharing.Ask, true, ArrivalVerdict.Refuse, RefusalReason.TooLarge)]
    [InlineData(Sharing.Never, true, ArrivalVerdict.Refuse, RefusalReason.NotWanted)]
    public void What_a_rule_keeps_out_claims_no_clipboard(
        Sharing rule,
        bool tooLarge,
        ArrivalVerdict verdict,
        RefusalReason reason
    ) =>
        Assert.Equal(
            new ArrivalDecision(verdict, Claim: false, reason),
            Arrival.Decide(Context(Now) with { Rule = rule, IsTooLarge = tooLarge })
        );

    [Fact]
    public void A_known_clip_is_a_duplicate() =>
        Assert.Equal(ArrivalVerdict.Duplicate, Arrival.Decide(Context(Now) with { AlreadyKnown = true }).Verdict);

    /// <summary>Before all else: what was deleted here may have been put back by nobody but its user.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void What_was_deleted_is_refused_whatever_the_rules_say(bool paused) =>
        Assert.Equal(
            ArrivalDecision.Refuse(RefusalReason.Deleted),
            Arrival.Decide(Context(Now) with { IsDeleted = true, Paused = paused, Rule = Sharing.Ask })
        );

    [Fact]
    public void Nothing_of_strangers_or_revoked_devices_is_taken()
    {
        var stranger = Arrival.Decide(Context(Now) with { OriginIsMember = false });
        var revoked = Arrival.Decide(Context(Now) with { OriginIsMember = false, OriginIsRevoked = true });

        Assert.Equal((ArrivalVerdict.Refuse, RefusalReason.NotAMember), (stranger.Verdict, stranger.Reason));
        Assert.Equal((ArrivalVerdict.Refuse, RefusalReason.RevokedOrigin), (revoked.Verdict, revoked.Reason));
    }
}
