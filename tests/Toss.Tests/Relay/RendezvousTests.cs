using System.Text;
using Toss.Relay;
using Toss.Testing.Relay;
using Toss.Transport.Relay;
using Xunit;

namespace Toss.Tests.Relay;

public sealed class RendezvousTests
{
    private static readonly TestMailboxKey Inviter = new(1);
    private static readonly TestMailboxKey Joiner = new(2);
    private static readonly TestMailboxKey Second = new(3);

    [Fact]
    public void Two_meet_at_three_digits_and_talk()
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        var joiner = world.Connect(Joiner);
        var slot = Open(inviter);
        Assert.Matches("^[0-9]{3}$", Encoding.ASCII.GetString(slot.Span));
        Assert.Equal(RelayAnswer.Accepted, Join(joiner, slot));
        Assert.Equal(RelayAnswer.Accepted, Say(joiner, slot, 99, 1));
        Assert.Equal((1ul, 1), Facts(inviter.Rendezvous[^1]));
        Assert.Equal(RelayAnswer.Accepted, Say(inviter, slot, 1, 2));
        Assert.Equal((1ul, 2), Facts(joiner.Rendezvous[^1]));
        Assert.Equal(RelayAnswer.NoSlot, Say(inviter, slot, 2, 3));
    }

    [Fact]
    public void Runs_are_numbered_and_kept_apart()
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        var joiner = world.Connect(Joiner);
        var second = world.Connect(Second);
        var slot = Open(inviter);
        Join(joiner, slot);
        Join(second, slot);
        Say(second, slot, 1, 5);
        Assert.Equal((2ul, 5), Facts(inviter.Rendezvous[^1]));
        Say(inviter, slot, 1, 6);
        Assert.Equal((1ul, 6), Facts(Assert.Single(joiner.Rendezvous)));
        Assert.Empty(second.Rendezvous);
        // Entering again is a new run; the old one ended.
        Join(joiner, slot);
        Assert.Equal((1ul, null), Facts(inviter.Rendezvous[^1]));
        Say(joiner, slot, 0, 7);
        Assert.Equal((3ul, 7), Facts(inviter.Rendezvous[^1]));
        second.Cut();
        Assert.Equal((2ul, null), Facts(inviter.Rendezvous[^1]));
        joiner.Session.CloseRendezvous(slot);
        world.Run();
        Assert.Equal((3ul, null), Facts(inviter.Rendezvous[^1]));
    }

    [Fact]
    public void A_secret_slot_is_asked_for_by_its_sixteen_bytes()
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        var slot = new byte[16];
        Assert.Equal(slot, inviter.Answer(inviter.Session.OpenRendezvous(slot)).Payload.ToArray());
        var other = world.Connect(Second);
        Assert.Equal(RelayAnswer.NoSlot, other.Answer(other.Session.OpenRendezvous(slot)).Answer);
        Assert.Equal(RelayAnswer.Refused, other.Answer(other.Session.OpenRendezvous("123"u8.ToArray())).Answer);
        Assert.Equal(RelayAnswer.Accepted, Join(world.Connect(Joiner), slot));
    }

    [Theory]
    [InlineData("closed")]
    [InlineData("cut")]
    [InlineData("expired")]
    [InlineData("replaced")]
    public void The_slot_ends_with_its_inviter_or_its_time(string how)
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        var joiner = world.Connect(Joiner);
        var slot = Open(inviter);
        Join(joiner, slot);
        switch (how)
        {
            case "closed":
                inviter.Session.CloseRendezvous(slot);
                break;
            case "cut":
                inviter.Cut();
                break;
            case "expired":
                world.Pass(TimeSpan.FromMinutes(5));
                Assert.Equal((0ul, null), Facts(inviter.Rendezvous[^1]));
                break;
            case "replaced":
                world.Connect(Inviter);
                break;
        }
        world.Run();
        Assert.Equal((0ul, null), Facts(joiner.Rendezvous[^1]));
        Assert.Equal(RelayAnswer.NoSlot, Join(joiner, slot));
        Assert.Equal(0, world.Router.OpenSlots);
    }

    [Fact]
    public void Wrong_tries_are_limited_per_address_for_a_while()
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        var slot = Open(inviter);
        var guesser = world.Connect(Joiner, "198.51.100.7");
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(RelayAnswer.NoSlot, Join(guesser, "99999999"u8.ToArray()));
        }
        Assert.Equal(RelayAnswer.TooMany, Join(guesser, slot));
        // A new connection and a new key do not help, another address does.
        Assert.Equal(RelayAnswer.TooMany, Join(world.Connect(Second, "198.51.100.7"), slot));
        Assert.Equal(RelayAnswer.Accepted, Join(world.Connect(Second, "198.51.100.8"), slot));
        world.Pass(TimeSpan.FromMinutes(5));
        Assert.Equal(RelayAnswer.Accepted, Join(guesser, Open(inviter)));
    }

    [Fact]
    public void Open_slots_are_limited_per_address()
    {
        var world = new RelayWorld();
        var inviter = world.Connect(Inviter);
        for (var i = 0; i < 8; i++)
        {
            Open(inviter);
        }
        Assert.Equal(RelayAnswer.TooMany, inviter.Answer(inviter.Session.OpenRendezvous(default)).Answer);
        Open(world.Connect(Second, "198.51.100.8"));
    }

    [Fact]
    public void Slots_grow_when_it_is_crowded()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { SlotsPerAddress = 2000 }));
        var inviter = world.Connect(Inviter);
        var lengths = Enumerable.Range(0, 1001).Select(_ => Open(inviter).Length).ToList();
        Assert.All(lengths[..100], length => Assert.Equal(3, length));
        Assert.All(lengths[100..1000], length => Assert.Equal(4, length));
        Assert.Equal(5, lengths[1000]);
    }

    [Fact]
    public void Runs_and_messages_are_limited()
    {
        var world = new RelayWorld(new RelayRules(RelayQuotas.Default with { RunsPerSlot = 2, MessagesPerRun = 3 }));
        var inviter = world.Connect(Inviter);
        var joiner = world.Connect(Joiner);
        var slot = Open(inviter);
        Join(joiner, slot);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(RelayAnswer.Accepted, Say(joiner, slot, 0, 1));
        }
        Assert.Equal(RelayAnswer.TooMany, Say(joiner, slot, 0, 1));
        Assert.Equal(RelayAnswer.Accepted, Join(joiner, slot));
        Assert.Equal(RelayAnswer.TooMany, Join(joiner, slot));
        Join(joiner, slot);
        var large = joiner.Session.SendRendezvous(slot, 0, new byte[16 * 1024 + 1]);
        Assert.Equal(RelayAnswer.TooLarge, joiner.Answer(large).Answer);
    }

    private static ReadOnlyMemory<byte> Open(WorldClient client)
    {
        var answered = client.Answer(client.Session.OpenRendezvous(default));
        Assert.Equal(RelayAnswer.Accepted, answered.Answer);
        return answered.Payload;
    }

    private static RelayAnswer Join(WorldClient client, ReadOnlyMemory<byte> slot) =>
        client.Answer(client.Session.JoinRendezvous(slot)).Answer;

    private static RelayAnswer Say(WorldClient client, ReadOnlyMemory<byte> slot, ulong run, byte content) =>
        client.Answer(client.Session.SendRendezvous(slot, run, new[] { content })).Answer;

    private static (ulong, int?) Facts(RelayRendezvousArrived arrived) => (arrived.Run, arrived.Payload?.Span[0]);
}
