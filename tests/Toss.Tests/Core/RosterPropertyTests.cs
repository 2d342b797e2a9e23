using CsCheck;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Core.RosterWorld;
using Roster = Toss.Core.Circle.Roster;

namespace Toss.Tests.Core;

/// <summary>What a roster promises whatever is merged, in whatever order, by whoever holds a stolen key.</summary>
public sealed class RosterPropertyTests
{
    private const int Runs = 60;

    private static readonly Gen<(int Devices, int Draw)> Circles = Gen.Select(
        Gen.Int[2, 30],
        Gen.Int[0, int.MaxValue - 1]
    );

    [Fact]
    public void Parts_merged_in_any_tree_agree() =>
        Circles.Sample(
            (devices, draw) =>
            {
                var world = new RosterWorld(devices, new Random(draw)).Grow();
                var expected = Founded.Merge(world.Statements, out _);

                for (var i = 0; i < 3; i++)
                {
                    AssertEqual(expected, world.MergeInAnyTree());
                }
            },
            seed: "0000KOIPSt02",
            iter: Runs
        );

    [Fact]
    public void The_members_are_those_that_the_definition_names() =>
        Circles.Sample(
            (devices, draw) =>
            {
                var random = new Random(draw);
                var world = new RosterWorld(devices, random).Grow();
                var roster = world.MergeInAnyTree();

                foreach (var member in Members(roster))
                {
                    Assert.False(roster.IsRevoked(IdOf(member)));
                    // A chain of Adds, each by the one before, that starts at the founder; none longer than it has to be.
                    if (roster.ChainTo(IdOf(member)) is { } chain)
                    {
                        Assert.Contains(member, Members(Founded.Merge(chain, out _)));
                    }
                }
            },
            seed: "0000KOIPSt03",
            iter: Runs
        );

    [Fact]
    public void A_revoked_device_never_returns() =>
        Circles.Sample(
            (devices, draw) =>
            {
                var random = new Random(draw);
                var world = new RosterWorld(devices, random).Grow();
                var gone = world.Anybody();
                world.Revoke(world.Anybody(), gone, world.AddsBy(gone));
                for (var i = 0; i < 10; i++)
                {
                    world.Add(world.Anybody(), random.Next(2) == 0 ? gone : world.Anybody());
                }

                Assert.DoesNotContain(gone, Members(world.MergeInAnyTree()));
            },
            seed: "0000KOIPSt04",
            iter: Runs
        );

    /// <summary>
    /// The thief holds a member's key and signs what it likes, before and after it was found out, also with keys of its
    /// own making that it added.
    /// </summary>
    [Fact]
    public void A_thief_ends_with_the_Revoke_and_what_only_it_added_ends_too() =>
        Circles.Sample(
            (devices, draw) =>
            {
                var random = new Random(draw);
                var world = new RosterWorld(devices, random).Grow();
                var honest = world.Known.ToList();
                var thief = honest[random.Next(honest.Count)];
                var hands = new List<int> { thief };
                var honestAdds = honest.SelectMany(world.AddsBy).ToList();

                void Scheme()
                {
                    for (var i = random.Next(12); i > 0; i--)
                    {
                        var by = hands[random.Next(hands.Count)];
                        if (random.Next(2) == 0)
                        {
                            var made = 40 + random.Next(20);
                            world.Add(by, made);
                            hands.Add(made);
                        }
                        else
                        {
                            // Also Revokes that keep what the thief wants kept, of itself and of the honest.
                            var subject = random.Next(2) == 0 ? thief : honest[random.Next(honest.Count)];
                            world.Revoke(by, subject, hands.SelectMany(world.AddsBy));
                        }
                    }
                }

                Scheme();
                var finder = honest.Find(device => device != thief);
                world.Revoke(finder, thief);
                Scheme();
                // And after it was found out it goes on adding those it made before.
                foreach (var made in hands.Where(hand => hand >= 40).Distinct().ToList())
                {
                    world.Add(thief, made);
                }

                var members = Members(world.MergeInAnyTree()).ToList();
                Assert.DoesNotContain(thief, members);
                Assert.DoesNotContain(members, member => member >= 40);
                Assert.All(members, member => Assert.Contains(member, honest));
            },
            seed: "0000KOIPSt05",
            iter: Runs
        );

    [Fact]
    public void A_thief_can_dissolve_the_circle_and_cannot_stay_in_it()
    {
        var world = new RosterWorld(8, new Random(1)).Grow();
        const int thief = 3;
        foreach (var device in world.Known.ToList())
        {
            world.Revoke(thief, device);
        }

        Assert.Empty(Members(world.MergeInAnyTree()));
    }

    /// <summary>More Adds than fit: dropping some would drop others elsewhere, and a Revoke by whom they added.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_flood_ends_the_circle_in_any_order(int seed)
    {
        var world = new RosterWorld(6, new Random(seed)).Grow();
        const int thief = 2;
        while (world.Statements.Sum(Size) <= Limits.Roster)
        {
            world.Add(thief, 40);
        }

        var flooded = world.MergeInAnyTree();
        Assert.True(flooded.IsFlooded);
        Assert.Empty(flooded.Members);
        Assert.Null(flooded.AddedBy(IdOf(1)));
        AssertEqual(Founded.Merge(world.Statements, out _), flooded);
        // Whoever has a part that overflows is equal to whoever has all of it, and takes no more.
        world.Add(thief, 41);
        Assert.Same(flooded, flooded.Merge(world.Statements, out var added));
        Assert.Empty(added);
    }

    [Fact]
    public void Below_the_bound_nothing_is_forgotten_however_many_Adds_a_thief_signs()
    {
        // Device 2 is known by the thief's Add alone, and it found the other thief out.
        var world = new RosterWorld(0, new Random(1));
        const int thief = 1;
        world.Add(0, thief);
        world.Add(0, 3);
        world.Add(thief, 2);
        world.Revoke(2, 3);
        for (var i = 0; i < 3 * Limits.AddsPerSigner; i++)
        {
            world.Add(thief, 10 + (i % 60));
        }

        var roster = world.MergeInAnyTree();
        Assert.False(roster.IsFlooded);
        Assert.DoesNotContain(3, Members(roster));
        AssertEqual(Founded.Merge(world.Statements, out _), roster);
        Assert.False(roster.MayAdd(IdOf(thief)));
    }

    [Fact]
    public void An_honest_device_stops_adding_while_there_is_room_to_revoke()
    {
        var world = new RosterWorld(0, new Random(1));
        var added = 0;
        for (var roster = Founded; roster.MayAdd(IdOf(0)); roster = roster.Merge([world.Add(0, 1 + added++)], out _))
        { }
        Assert.Equal(Limits.AddsPerSigner, added);

        for (var roster = Founded.Merge(world.Statements, out _); roster.MayAdd(IdOf(1)); added++)
        {
            roster = roster.Merge([world.Add(1 + (added / 60), 70)], out _);
        }
        Assert.InRange(added, 2 * Limits.AddsPerSigner - 1, 256);
        var revoked = added;
        while (world.Statements.Sum(Size) <= Limits.Roster - 1024)
        {
            world.Revoke(0, 1 + (revoked++ % 60));
        }
        Assert.True(revoked - added > 100);
        Assert.False(Founded.Merge(world.Statements, out _).IsFlooded);
    }

    [Fact]
    public void The_shortest_chain_is_shown()
    {
        var world = new RosterWorld(0, new Random(1));
        for (var i = 0; i < 20; i++)
        {
            world.Add(i, i + 1);
        }
        Assert.Null(Founded.Merge(world.Statements, out _).ChainTo(IdOf(20)));
        var direct = world.Add(0, 19);

        Assert.Equal([direct, world.AddsBy(19).First()], world.MergeInAnyTree().ChainTo(IdOf(20))!);
    }

    private static int Size(Signed signed) => signed.Body.Length + signed.Signer.Length + signed.Signature.Length;

    private static void AssertEqual(Roster expected, Roster actual)
    {
        Assert.Equal(expected.Members, actual.Members);
        Assert.Equal(expected.Digest.ToArray(), actual.Digest.ToArray());
    }
}
