using System.Net;
using Toss.Core.Circle;
using Toss.Core.Ports;
using Toss.Crypto.Identity;
using Toss.Testing.Simulation;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>What a device that left knows the others by ends, and nobody that stayed loses them by that.</summary>
public sealed class BeaconChangeTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(10);
    private static readonly IPEndPoint PortOfA = IPEndPoint.Parse("192.168.1.10:49152");

    [Fact]
    public void A_removed_device_gets_no_answer_once_all_others_have_the_new_Cards_and_never_gets_those()
    {
        var world = new SimWorld(1) { HasLinks = true };
        var (a, b, thief) = Circle(world);
        var stranger = new Stranger(world);
        var stored = new List<DeviceCard>();
        thief.Plant = ports => ports with { Store = Watched(ports.Store, thief.Circle, stored) };
        var (old, was) = (BeaconIn(thief, a), thief.Id);
        thief.Kill();
        b.Kill();

        Remove(a, thief);
        world.Scheduler.RunFor(Soon);
        Assert.NotEqual(old, Record(a).BeaconKey.ToArray());
        Assert.True(Answers(old), "B may know no other key yet");

        b.Start();
        world.Scheduler.RunUntil(() => KnowEachOther(a, b), Soon, "the new Cards");
        world.Scheduler.RunUntil(() => b.IsLinkedTo(a), TimeSpan.FromMinutes(1), "a link");
        Assert.False(Answers(old));
        Assert.True(Answers(Record(a).BeaconKey.ToArray()));

        thief.Start();
        world.Scheduler.RunUntil(() => thief.Id != was, Soon, "the thief to be told");
        world.Scheduler.RunFor(TimeSpan.FromHours(1));
        Assert.All(
            new[] { a, b },
            device => Assert.DoesNotContain(BeaconIn(device, device), stored.Select(card => Of(card)))
        );

        bool Answers(byte[] key) => stranger.IsAnswered(PortOfA, key, a.Clock!.GetUtcNow());
    }

    /// <summary>No relay, and who removed the device is away: only B is there.</summary>
    [Fact]
    public void A_member_that_was_away_meets_another_and_learns_of_the_removal_and_the_new_key()
    {
        var world = new SimWorld(2) { HasLinks = true, HasMulticast = true };
        var (a, b, thief) = Circle(world);
        var c = world.AddDevice("c");
        world.Pair(a, c);
        world.Scheduler.RunUntil(() => c.Peers.Count == 3 && b.Peers.Count == 3, Soon, "all to know all");
        var old = BeaconIn(c, b);
        c.Kill();
        Remove(a, thief);
        world.Scheduler.RunUntil(() => KnowEachOther(a, b, awaited: 1), Soon, "the new Cards");
        a.Kill();
        world.Net.Cut("relay");
        Assert.Equal(old, BeaconIn(c, b));

        c.Start();

        world.Scheduler.RunUntil(() => BeaconIn(c, b).SequenceEqual(BeaconIn(b, b)), Soon, "B's new Card at C");
        world.Scheduler.RunUntil(() => BeaconIn(b, c).SequenceEqual(BeaconIn(c, c)), Soon, "C's new Card at B");
        Assert.DoesNotContain(thief.Id, c.Peers);
        world.Scheduler.RunUntil(
            () => Record(b).FormerBeacons.All(former => !former.Awaits.Contains(c.Id)),
            Soon,
            "B to await C no more"
        );
    }

    /// <summary>Both learned of the removal from A, which is away now, and nothing of one another: each shows what the other seeks.</summary>
    [Fact]
    public void Two_that_changed_their_keys_apart_find_each_other_without_a_relay()
    {
        var world = new SimWorld(6) { HasLinks = true, HasMulticast = true };
        var (a, b, thief) = Circle(world);
        var c = world.AddDevice("c");
        world.Pair(a, c);
        world.Scheduler.RunUntil(() => c.Peers.Count == 3 && b.Peers.Count == 3, Soon, "all to know all");
        var (oldB, oldC) = (BeaconIn(c, b), BeaconIn(b, c));
        foreach (var away in new[] { thief, b, c })
        {
            away.Kill();
        }
        Remove(a, thief);
        world.Scheduler.RunFor(Soon);
        world.Net.Cut("relay");
        Learns(b);
        world.Net.Heal("relay");
        Learns(c);
        a.Kill();
        world.Net.Cut("relay");
        Assert.Equal(oldB, BeaconIn(c, b));
        Assert.Equal(oldC, BeaconIn(b, c));

        b.Start();
        c.Start();

        world.Scheduler.RunUntil(() => b.IsLinkedTo(c), TimeSpan.FromMinutes(1), "a link");
        world.Scheduler.RunUntil(
            () => BeaconIn(c, b).SequenceEqual(BeaconIn(b, b)) && BeaconIn(b, c).SequenceEqual(BeaconIn(c, c)),
            Soon,
            "the new Cards"
        );

        void Learns(SimDevice device)
        {
            device.Start();
            world.Scheduler.RunUntil(() => Record(device).FormerBeacons.Count > 0, Soon, "word of the removal");
            device.Kill();
        }
    }

    [Fact]
    public void Of_two_that_remove_each_other_both_lose_the_third()
    {
        var world = new SimWorld(3) { HasLinks = true };
        var (a, b, c) = Circle(world);
        var known = BeaconIn(a, c);
        world.Net.Cut(a.Name);
        world.Net.Cut(b.Name);
        Remove(a, b, keep: c);
        Remove(b, a, keep: c);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Heal(a.Name);
        world.Net.Heal(b.Name);

        world.Scheduler.RunUntil(
            () => a.Peers.Count == 0 && b.Peers.Count == 0 && c.Peers.Count == 0,
            Soon,
            "all to be alone"
        );
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.NotEqual(known, BeaconIn(c, c));
        Assert.All(new[] { a, b, c }, device => Assert.Single(BeaconPlan.Answered(Record(device))));
    }

    [Theory]
    [InlineData(StoreStep.RevokeDevice, true)]
    [InlineData(StoreStep.RevokeDevice, false)]
    [InlineData(StoreStep.MergeRoster, true)]
    [InlineData(StoreStep.MergeRoster, false)]
    public void A_departure_that_a_crash_interrupts_changed_the_key_and_the_Card_or_neither(StoreStep step, bool before)
    {
        var world = new SimWorld(4) { HasLinks = true };
        var (a, b, thief) = Circle(world);
        var dies = step == StoreStep.RevokeDevice ? a : b;
        var old = BeaconIn(dies, dies);
        dies.KillAt(step, before);
        Remove(a, thief);
        world.Scheduler.RunUntil(() => !dies.IsUp, Soon, "the crash");
        Assert.Equal(before, Record(dies).BeaconKey.Span.SequenceEqual(old));
        Assert.Equal(before, dies.Peers.Contains(thief.Id));
        Assert.Equal(BeaconIn(dies, dies), Record(dies).BeaconKey.ToArray());

        dies.Start();
        if (before && dies == a)
        {
            Remove(a, thief);
        }
        world.Scheduler.RunUntil(() => KnowEachOther(a, b), Soon, "the new Cards");
        Assert.NotEqual(old, BeaconIn(dies, dies));
        Assert.Single(Record(dies).FormerBeacons);
    }

    [Fact]
    public void A_device_that_an_earlier_version_let_keep_its_key_changes_it_when_it_starts()
    {
        var world = new SimWorld(5) { HasLinks = true };
        var (a, b, thief) = Circle(world);
        Remove(a, thief);
        world.Scheduler.RunUntil(() => KnowEachOther(a, b), Soon, "the new Cards");
        b.Kill();
        var stored = Record(a) with { FormerBeacons = [], BeaconGone = 0 };
        var key = stored.BeaconKey.ToArray();
        a.Call(async _ =>
        {
            await a.Store.CommitAsync(StoreStep.ChangeDevice, [new PutDevice(stored)], CancellationToken.None);
            return true;
        });
        a.Kill();

        // Nobody is there who says anything.
        a.Start();
        world.Scheduler.RunUntil(() => !Record(a).BeaconKey.Span.SequenceEqual(key), Soon, "another key");
        b.Start();
        world.Scheduler.RunUntil(() => !BeaconIn(b, a).SequenceEqual(key) && KnowEachOther(a, b), Soon, "the new Card");
    }

    private static (SimDevice A, SimDevice B, SimDevice C) Circle(SimWorld world)
    {
        var (a, b, c) = (world.AddDevice("a"), world.AddDevice("b"), world.AddDevice("thief"));
        world.Pair(a, b);
        world.Pair(a, c);
        world.Scheduler.RunUntil(() => b.Peers.Count == 2 && c.Peers.Count == 2, Soon, "all to know all");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        return (a, b, c);
    }

    private static void Remove(SimDevice by, SimDevice whom, SimDevice? keep = null) =>
        by.Call(control =>
            control.UnpairAsync(whom.Id.ToString(), keep is null ? [] : [keep.Id.ToString()], CancellationToken.None)
        );

    private static bool KnowEachOther(SimDevice a, SimDevice b, int awaited = 0) =>
        Record(a).FormerBeacons.Count > 0
        && Record(b).FormerBeacons.Count > 0
        && BeaconIn(a, b).SequenceEqual(Record(b).BeaconKey.Span)
        && BeaconIn(b, a).SequenceEqual(Record(a).BeaconKey.Span)
        && Record(a).FormerBeacons.Concat(Record(b).FormerBeacons).All(former => former.Awaits.Count == awaited);

    private static DeviceRecord Record(SimDevice device) =>
        PortAnswer.Now(device.Store.LoadDeviceAsync(CancellationToken.None))!;

    /// <summary>What one device has as another's beacon key, or its own.</summary>
    private static byte[] BeaconIn(SimDevice device, SimDevice whose) => Of(device.Cards[whose.Id]);

    private static byte[] Of(DeviceCard card) => card.Card.BeaconKey.ToByteArray();

    /// <summary>The store, and all Cards that are ever put into it.</summary>
    private static IAgentStore Watched(IAgentStore store, CircleRecord circle, List<DeviceCard> cards) =>
        Interposed<IAgentStore>.Between(
            store,
            (call, arguments, goOn) =>
            {
                if (call == nameof(IAgentStore.CommitAsync))
                {
                    foreach (var put in ((IReadOnlyList<StoreWrite>)arguments[1]!).OfType<PutCard>())
                    {
                        if (DeviceCard.TryRead(put.Card, SignedStatements.IdOf(circle.Genesis!), out var card))
                        {
                            cards.Add(card);
                        }
                    }
                }
                return goOn();
            }
        );
}
