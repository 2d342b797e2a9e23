using Google.Protobuf;
using Toss.Core.Circle;
using Toss.Crypto.Identity;
using Toss.Testing;
using Toss.Testing.Storage;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Core;

public sealed class BeaconPlanTests
{
    private readonly SeededRandomSource _random = new(1);
    private readonly DeviceKey _self = Key(1);
    private readonly DeviceKey _peer = Key(2);
    private readonly DeviceKey _other = Key(3);
    private readonly DeviceKey _thief = Key(4);
    private readonly DeviceRecord _record;
    private readonly CircleState _whole;

    public BeaconPlanTests()
    {
        _record = new StoreSamples(5).DeviceRecord() with { CardVersion = 7, FormerBeacons = [], BeaconGone = 0 };
        var alone = Roster.Found(Genesis);
        _whole = new CircleState(_self.Id, alone.Merge([Add(_peer), Add(_other), Add(_thief)], out _), []);
    }

    [Fact]
    public void Nothing_changes_while_nobody_leaves()
    {
        Assert.Same(_record, Rotate(_record, _whole));
        Assert.Same(_record, Retire(_record, _whole, Now));
        Assert.Equal([_record.BeaconKey], BeaconPlan.Answered(_record));
    }

    [Fact]
    public void Who_leaves_leaves_another_key_behind_and_the_members_that_stay_are_awaited()
    {
        var changed = Rotate(_record, Without(_whole, _thief));

        Assert.NotEqual(_record.BeaconKey.ToArray(), changed.BeaconKey.ToArray());
        var former = Assert.Single(changed.FormerBeacons);
        Assert.Equal((_record.BeaconKey, 8ul, Now), (former.Key, former.CardVersion, former.ReplacedAt));
        Assert.Equal(new[] { _peer.Id, _other.Id }.Order(), former.Awaits);
        Assert.Equal([changed.BeaconKey, _record.BeaconKey], BeaconPlan.Answered(changed));
        // Once for each that leaves.
        Assert.Same(changed, Rotate(changed, Without(_whole, _thief)));
        Assert.NotSame(changed, Rotate(changed, Without(_whole, _thief, _other)));
    }

    [Fact]
    public void Also_one_that_came_and_left_before_this_device_heard_of_it()
    {
        using var fleeting = Key(5);
        var roster = _whole.Roster.Merge([Add(fleeting), Revoke(fleeting)], out _);
        Assert.NotSame(_record, Rotate(_record, _whole.With(roster)));
    }

    [Fact]
    public void The_former_key_answers_until_the_last_member_that_is_left_has_shown_the_Card_after_it()
    {
        var without = Without(_whole, _thief);
        var changed = Rotate(_record, without);

        Assert.Same(changed, Retire(changed, without, Now, (_peer, 7), (_other, 0)));
        var one = Retire(changed, without, Now, (_peer, 8));
        Assert.Equal([_other.Id], one.FormerBeacons[0].Awaits);
        // Who has shown it need not show it again.
        var two = Retire(one, without, Now, (_other, 9));
        Assert.Equal([two.BeaconKey], BeaconPlan.Answered(two));
        // Of a member that left too, nobody waits for word.
        var gone = Retire(one, Without(_whole, _thief, _other), Now);
        Assert.Equal([gone.BeaconKey], BeaconPlan.Answered(gone));
    }

    [Theory]
    [InlineData(14, true)]
    [InlineData(15, false)]
    [InlineData(-15, false)] // The clock was set back since.
    public void Two_weeks_later_it_is_over_and_its_doors_with_it(int days, bool stays)
    {
        var without = Without(_whole, _thief);
        var changed = Rotate(_record, without);
        var shown = Retire(changed, without, Now, (_peer, 8), (_other, 8));

        // Nobody is awaited, and still the doors are open: who was removed may say whom it removed.
        Assert.Equal(2, BeaconPlan.Doors(shown).Count);
        foreach (var record in new[] { changed, shown })
        {
            var later = Retire(record, without, Now + TimeSpan.FromDays(days));
            Assert.Equal(stays, later.FormerBeacons.Count == 1);
            Assert.Equal(stays ? 2 : 1, BeaconPlan.Doors(later).Count);
        }
    }

    [Fact]
    public void Who_is_out_itself_changes_nothing_and_there_is_a_bound()
    {
        Assert.Same(_record, Rotate(_record, Without(_whole, _self)));

        var record = _record;
        var circle = _whole;
        for (ulong seed = 10; seed < 20; seed++)
        {
            using var fleeting = Key(seed);
            circle = circle.With(circle.Roster.Merge([Add(fleeting), Revoke(fleeting)], out _));
            record = Rotate(record, circle);
        }
        Assert.Equal(Limits.FormerBeacons, record.FormerBeacons.Count);
        Assert.Equal(10, record.BeaconGone);
    }

    private DeviceRecord Rotate(DeviceRecord record, CircleState circle) =>
        BeaconPlan.Rotate(record, circle, Now, _random);

    private static DeviceRecord Retire(
        DeviceRecord record,
        CircleState circle,
        DateTimeOffset now,
        params (DeviceKey Peer, ulong Version)[] shown
    ) => BeaconPlan.Retire(record, circle, peer => shown.FirstOrDefault(one => one.Peer.Id == peer).Version, now);

    private CircleState Without(CircleState circle, params DeviceKey[] gone) =>
        circle.With(circle.Roster.Merge(gone.Select(Revoke), out _));

    private Signed Add(DeviceKey subject) =>
        Roster.SignAdd(_self, SignedStatements.IdOf(Genesis), subject.PublicKey.Span, Now);

    private Signed Revoke(DeviceKey subject) =>
        Roster.SignRevoke(_self, SignedStatements.IdOf(Genesis), subject.PublicKey.Span, [], Now);

    private Genesis Genesis =>
        new() { Nonce = ByteString.CopyFrom(new byte[32]), FounderKey = ByteString.CopyFrom(_self.PublicKey.Span) };
}
