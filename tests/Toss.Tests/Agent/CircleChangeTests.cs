using Google.Protobuf;
using Toss.Agent;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.TestClips;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Agent;

public sealed class CircleChangeTests
{
    private readonly DeviceKey _self = Key(1);
    private readonly DeviceKey _peer = Key(2);
    private readonly DeviceKey _stranger = Key(3);
    private readonly CircleState _alone;

    public CircleChangeTests()
    {
        var roster = Roster.Found(
            new Genesis
            {
                Nonce = ByteString.CopyFrom(new byte[32]),
                FounderKey = ByteString.CopyFrom(_self.PublicKey.Span),
            }
        );
        _alone = new CircleState(_self.Id, roster, []);
    }

    [Fact]
    public void Nothing_new_is_no_change()
    {
        var both = With(_alone, [Add(_peer)], [CardOf(_peer, 3)]);

        Assert.True(CircleChange.None(both).IsEmpty);
        Assert.True(CircleChange.Of(both, [Add(_peer)], [CardOf(_peer, 3), CardOf(_peer, 2)]).IsEmpty);
    }

    [Fact]
    public void A_Card_counts_for_members_only_and_never_for_ourselves()
    {
        var change = CircleChange.Of(_alone, [], [CardOf(_stranger, 1), CardOf(_self, 9)]);

        Assert.True(change.IsEmpty);
        Assert.Empty(change.Preview.Peers);
    }

    [Fact]
    public void A_newcomer_is_stored_with_its_Card()
    {
        var change = CircleChange.Of(_alone, [Add(_peer)], [CardOf(_peer, 1)]);

        Assert.Equal([_peer.Id], change.Preview.Peers.Select(peer => peer.Device));
        Assert.Collection(
            change.Writes(_alone),
            write => Assert.Single(Assert.IsType<PutStatements>(write).Statements),
            write => Assert.Equal(_peer.Id, Assert.IsType<PutCard>(write).Device)
        );
    }

    [Fact]
    public void What_was_shared_with_the_removed_goes_in_the_same_step()
    {
        var both = With(_alone, [Add(_peer)], [CardOf(_peer, 1)]);

        var change = CircleChange.Of(both, [Revoke(_peer)], []);

        Assert.Empty(change.Preview.Peers);
        Assert.Collection(
            change.Writes(both),
            write => Assert.IsType<PutStatements>(write),
            write => Assert.Equal(_peer.Id, Assert.IsType<EraseSessions>(write).Peer),
            write => Assert.Equal(_peer.Id, Assert.IsType<EraseDeliveries>(write).Peer)
        );
    }

    [Fact]
    public void Two_changes_made_side_by_side_are_adopted_in_any_order()
    {
        var one = CircleChange.Of(_alone, [Add(_peer)], [CardOf(_peer, 1)]);
        var two = CircleChange.Of(_alone, [Add(_stranger)], [CardOf(_stranger, 1)]);

        var forth = With(With(_alone, one.Statements, one.Cards), two.Statements, two.Cards);
        var back = With(With(_alone, two.Statements, two.Cards), one.Statements, one.Cards);

        Assert.Equal(2, forth.Peers.Count);
        Assert.Equal(forth.Peers, back.Peers);
        Assert.Equal(forth.Roster.Digest.ToArray(), back.Roster.Digest.ToArray());
    }

    private static CircleState With(
        CircleState circle,
        IEnumerable<Signed> statements,
        IEnumerable<DeviceCard> cards
    ) => CircleChange.Of(circle, statements, cards).Preview;

    private Signed Add(DeviceKey subject) => Roster.SignAdd(_self, _alone.Id, subject.PublicKey.Span, Now);

    private Signed Revoke(DeviceKey subject) =>
        Roster.SignRevoke(_self, _alone.Id, subject.PublicKey.Span, [], Now.AddHours(1));

    private DeviceCard CardOf(DeviceKey key, ulong version) =>
        DeviceCard.Issue(
            key,
            new Card
            {
                CircleId = ByteString.CopyFrom(_alone.Id.ToBytes()),
                DeviceKey = ByteString.CopyFrom(key.PublicKey.Span),
                Version = version,
                Name = "Device",
            }
        );
}
