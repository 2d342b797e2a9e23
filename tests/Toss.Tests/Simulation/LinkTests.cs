using System.Net;
using Toss.Agent;
using Toss.Control;
using Toss.Core.Clips;
using Toss.Core.Ports;
using Toss.Crypto.Links;
using Toss.Net.Links;
using Toss.Testing;
using Toss.Testing.Simulation;
using Toss.Wire;
using Xunit;
using static Toss.Tests.Simulation.SimUser;

namespace Toss.Tests.Simulation;

/// <summary>Whole agents that keep links with one another.</summary>
public sealed class LinkTests
{
    [Fact]
    public void Two_devices_in_a_network_find_a_link_and_share_over_it_with_nothing_through_the_relay()
    {
        var (world, a, b) = Linked(1);
        // What had to go through the relay until the link was there is over.
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Cut("relay");
        var started = world.Scheduler.Ticks;

        Copy(a, "over the link");
        world.Scheduler.RunUntil(() => b.Text == "over the link", TimeSpan.FromSeconds(2), "B's clipboard");
        var took = TimeSpan.FromTicks(world.Scheduler.Ticks - started);
        Copy(b, "and back");
        world.Scheduler.RunUntil(() => a.Text == "and back", TimeSpan.FromSeconds(2), "A's clipboard");
        world.Scheduler.RunUntil(
            () => a.Pending.Count == 0 && b.Pending.Count == 0,
            TimeSpan.FromSeconds(2),
            "receipts"
        );

        Assert.True(took < TimeSpan.FromMilliseconds(200), $"{took}");
    }

    /// <summary>Over a link a copy waits once for the disk before it leaves; where it has to wait for a path, it is sealed when there is one.</summary>
    [Fact]
    public void A_copy_that_can_leave_at_once_is_sealed_in_the_commit_that_records_it()
    {
        var (world, a, b) = Linked(1);
        var steps = new List<StoreStep>();
        a.Kill();
        a.Plant = Noting(steps);
        a.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan", TimeSpan.FromMinutes(1), "the link");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        steps.Clear();
        Copy(a, "over the link");
        world.Scheduler.RunUntil(() => b.Text == "over the link", TimeSpan.FromSeconds(2), "B's clipboard");
        Assert.Equal(
            [StoreStep.RecordClip],
            steps.Where(step => step is StoreStep.RecordClip or StoreStep.SealDelivery)
        );

        world.Net.Cut("a", "b");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        steps.Clear();
        Copy(a, "by the relay");
        world.Scheduler.RunUntil(() => b.Text == "by the relay", TimeSpan.FromSeconds(2), "B's clipboard");
        Assert.Equal(
            [StoreStep.RecordClip, StoreStep.SealDelivery],
            steps.Where(step => step is StoreStep.RecordClip or StoreStep.SealDelivery)
        );
    }

    [Fact]
    public void A_link_that_is_cut_delays_a_copy_by_less_than_two_seconds_and_comes_back_by_itself()
    {
        var (world, a, b) = Linked(2);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));

        world.Net.Cut("a", "b");
        for (var i = 0; i < 20; i++)
        {
            var text = $"copy {i}";
            Copy(a, text);
            world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(2), text);
            world.Scheduler.RunFor(TimeSpan.FromMilliseconds(100));
        }
        // The link was given up long before its idle time-out.
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        Assert.Equal("relay", PathOf(a));

        world.Net.Heal("a", "b");
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(10), "the link");
        Copy(b, "again");
        world.Scheduler.RunUntil(() => a.Text == "again", TimeSpan.FromSeconds(2), "A's clipboard");
        Assert.Equal(22, a.History.Count);
        Assert.Equal(22, b.History.Count);
    }

    [Fact]
    public void A_large_copy_needs_no_relay_while_there_is_a_link()
    {
        var (world, a, b) = Linked(6);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        world.Net.Cut("relay");
        var text = Large(3_000_000);

        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(5), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(5), "the receipt");

        world.Net.Heal("relay");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(0, world.Relay.BlobsEverStored);
    }

    [Theory]
    [InlineData(0, true)] // before B asked for it
    [InlineData(40, true)] // while it is on its way
    [InlineData(0, false)]
    [InlineData(40, false)]
    public void A_large_copy_goes_on_through_the_relay_when_its_link_is_cut(int frames, bool hasCircuits)
    {
        var (world, a, b) = Linked(7, hasCircuits);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var text = Large(3_000_000);
        var before = b.History.Count;

        Copy(a, text);
        world.Scheduler.RunUntil(
            () => b.History.Count > before,
            TimeSpan.FromSeconds(5),
            "the clip without its content"
        );
        var sent = world.Net.Frames;
        world.Scheduler.RunUntil(() => world.Net.Frames >= sent + frames, TimeSpan.FromSeconds(5), "a part of it");
        Assert.NotEqual(text, b.Text);
        world.Net.Cut("a", "b");

        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(30), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(10), "the receipt");
        Assert.Equal(hasCircuits ? 0 : 1, world.Relay.BlobsEverStored);
        Assert.Equal(hasCircuits, world.Relay.Circuits.Bytes > 1_000_000);
    }

    [Fact]
    public void A_large_copy_after_the_cut_is_there_within_seconds_too()
    {
        var (world, a, b) = Linked(10);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var text = Large(3_000_000);
        world.Net.Cut("a", "b");

        // Neither has noticed: the clip's envelope waits for the link in vain, and then its content does.
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromSeconds(10), "B's clipboard");
    }

    [Fact]
    public void Many_large_copies_whose_link_is_cut_all_arrive_through_the_relay_soon()
    {
        var (world, a, b) = Linked(11);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        var before = b.History.Count;
        for (var i = 0; i < 12; i++)
        {
            Copy(a, Large(1_000_000 + (2 * i)));
        }
        world.Scheduler.RunUntil(() => b.History.Count == before + 12, TimeSpan.FromSeconds(5), "the clips' envelopes");
        world.Net.Cut("a", "b");

        world.Scheduler.RunUntil(
            () => a.Pending.Count == 0 && b.History.All(stored => stored.State == ClipState.Complete),
            TimeSpan.FromMinutes(1),
            "all of them, whole",
            every: 64
        );
    }

    [Fact]
    public void What_a_relay_let_go_is_stored_there_again_for_who_asks()
    {
        var world = new SimWorld(8);
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        b.Kill();
        var text = Large(300_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => world.Relay.BlobsEverStored == 1, TimeSpan.FromMinutes(1), "the upload");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        world.Relay.LoseBlobs();

        b.Start();
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(1), "B's clipboard");
        Assert.Equal(2, world.Relay.BlobsEverStored);
    }

    [Theory]
    [InlineData(false, false, "direct", null)]
    [InlineData(false, true, "relay", "the NAT of b opens another port")]
    [InlineData(true, true, "relay", "the NATs of both devices open another port")]
    public void Devices_behind_NATs_punch_through_where_that_can_be(bool hardA, bool hardB, string path, string? why)
    {
        var world = new SimWorld(9) { HasLinks = true };
        var a = world.AddDevice("a", lan: new SimLan("home", new SimNat(IPAddress.Parse("203.0.113.1"), hardA)));
        var b = world.AddDevice("b", lan: new SimLan("work", new SimNat(IPAddress.Parse("203.0.113.2"), hardB)));
        world.Pair(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");

        if (path == "direct")
        {
            world.Scheduler.RunUntil(
                () => PathOf(a) == path && PathOf(b) == path,
                TimeSpan.FromSeconds(10),
                "the direct link"
            );
            world.Net.Cut("relay");
        }
        else
        {
            world.Scheduler.RunFor(TimeSpan.FromMinutes(5));
        }
        var found = PathTo(a)!;
        Assert.Equal(path, found.Kind);
        Assert.Equal(why is null ? "203.0.113.2:60000" : world.Relay.Url.AbsoluteUri, found.Address);
        Assert.StartsWith(why ?? "", found.Why ?? "", StringComparison.Ordinal);
        Copy(b, "second");
        world.Scheduler.RunUntil(() => a.Text == "second", TimeSpan.FromSeconds(5), "the second clip");
    }

    /// <summary>As often as it does: only its own device can find out where it is seen now, and must say so anew.</summary>
    [Fact]
    public void When_a_NAT_forgets_its_mappings_the_link_is_back_within_ten_seconds()
    {
        var world = new SimWorld(12) { HasLinks = true };
        var nat = new SimNat(IPAddress.Parse("203.0.113.1"));
        var a = world.AddDevice("a", lan: new SimLan("home", nat));
        var b = world.AddDevice("b", lan: new SimLan("work", new SimNat(IPAddress.Parse("203.0.113.2"))));
        world.Pair(a, b);
        for (var round = 0; round < 5; round++)
        {
            world.Scheduler.RunUntil(
                () => PathOf(a) == "direct" && PathOf(b) == "direct",
                TimeSpan.FromSeconds(10),
                $"the direct link of round {round}"
            );
            world.Scheduler.RunFor(TimeSpan.FromSeconds(20));
            nat.Rebind();
            Copy(a, $"round {round}");
            world.Scheduler.RunUntil(() => b.Text == $"round {round}", TimeSpan.FromSeconds(2), "B's clipboard");
            world.Scheduler.RunUntil(() => PathOf(a) != "direct", TimeSpan.FromSeconds(10), "the loss to be noticed");
        }
    }

    [Fact]
    public void A_device_that_is_killed_is_linked_again_when_it_is_back()
    {
        var (world, a, b) = Linked(3);
        b.Kill();
        Copy(a, "while B was away");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(3));
        b.Start();
        world.Scheduler.RunUntil(() => b.Text == "while B was away", TimeSpan.FromSeconds(5), "B's clipboard");
        world.Scheduler.RunUntil(() => PathOf(b) == "lan", TimeSpan.FromSeconds(5), "B's link");
        Copy(a, "to the new B");
        world.Scheduler.RunUntil(() => b.Text == "to the new B", TimeSpan.FromSeconds(2), "B's clipboard");
    }

    [Fact]
    public void A_device_that_is_removed_loses_its_links_at_once()
    {
        var (world, a, b) = Linked(4);
        // B cannot be told that it was removed: only the end of the link shows it.
        world.Net.Cut("relay");
        a.Call(control => control.UnpairAsync(b.Id.ToString(), [], CancellationToken.None));
        world.Scheduler.RunUntil(() => PathOf(b) != "lan", TimeSpan.FromSeconds(2), "B's link to end");
        world.Scheduler.RunUntil(() => a.Peers.Count == 0, TimeSpan.FromMinutes(1), "the removal");
        Copy(a, "not for B");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Assert.NotEqual("not for B", b.Text);
        Assert.DoesNotContain(b.History, stored => stored.Clip.Preview == "not for B");
    }

    [Theory]
    [InlineData(false, false, false)] // no knock: no answer at all
    [InlineData(true, false, true)] // a knock, but nobody's key: the handshake ends
    [InlineData(true, true, false)] // a knock that was used before
    public void A_stranger_gets_no_answer_without_a_knock_and_no_link_with_one(bool knocks, bool again, bool answered)
    {
        var (world, a, _) = Linked(5);
        var stranger = new Stranger(world);
        var there = IPEndPoint.Parse("192.168.1.10:49152");
        var now = a.Clock!.GetUtcNow();
        var knock = Knock.Make(a.Cards[a.Id].Card.BeaconKey.Span, now, new SeededRandomSource(7));
        if (again)
        {
            Assert.True(stranger.IsAnswered(there, knock));
            // Until then the first one's connection answers that it is closed (RFC 9000 §10.2).
            world.Scheduler.RunFor(TimeSpan.FromSeconds(20));
        }

        Assert.Equal(answered, stranger.IsAnswered(there, knocks ? knock : new byte[Knock.Size]));
        Assert.Equal("lan", PathOf(a));
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0.05, 0.02, 0.1)]
    public void What_a_link_loses_is_in_its_status(double lost, double least, double most)
    {
        var (world, a, b) = Linked(14);
        world.Net.SetLink("a", "b", new SimLink { Loss = lost });
        var text = Large(3_000_000);
        Copy(a, text);
        world.Scheduler.RunUntil(() => b.Text == text, TimeSpan.FromMinutes(1), "B's clipboard", every: 16);

        Assert.InRange(PathTo(a)!.Loss!.Value, least, most);
    }

    [Fact]
    public void The_way_that_a_copy_took_is_in_its_trace()
    {
        var (world, a, b) = Linked(13);
        Copy(a, "over the link");
        world.Scheduler.RunUntil(() => b.Text == "over the link", TimeSpan.FromSeconds(2), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(2), "the receipt");
        Assert.Equal("Accepted, lan link, ipv4 private", NoteOf(a, "Send"));
        Assert.EndsWith(" bytes, link", NoteOf(b, "Receive"), StringComparison.Ordinal);

        world.Net.Cut("a", "b");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(30));
        Copy(a, "through the relay");
        world.Scheduler.RunUntil(() => b.Text == "through the relay", TimeSpan.FromSeconds(5), "B's clipboard");
        world.Scheduler.RunUntil(() => a.Pending.Count == 0, TimeSpan.FromSeconds(5), "the receipt");
        Assert.Equal("Accepted, relay", NoteOf(a, "Send"));
        Assert.EndsWith(" bytes, relay", NoteOf(b, "Receive"), StringComparison.Ordinal);

        b.Kill();
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        Copy(a, "for later");
        world.Scheduler.RunUntil(
            () => NoteOf(a, "Send") is "Accepted, mailbox",
            TimeSpan.FromSeconds(5),
            "the mailbox"
        );

        static string? NoteOf(SimDevice device, string stage) =>
            device
                .Call(control => control.GetTraceAsync(1, CancellationToken.None))!
                .Single()
                .Stages.LastOrDefault(one => one.Name == stage)
                ?.Note;
    }

    [Fact]
    public void A_link_is_measured_beside_what_it_carries_and_not_without_end()
    {
        var (world, a, b) = Linked(12);

        var first = Bench(a, b)!;
        Assert.Equal(("b", "lan", 1), (first.Name, first.Path!.Kind, first.Megabytes));
        Assert.True(first.UpMBps > 0 && first.DownMBps > 0 && first.RttP95Ms >= first.RttP50Ms, $"{first}");
        Copy(a, "meanwhile");
        Assert.NotNull(Bench(a, b));
        world.Scheduler.RunUntil(() => b.Text == "meanwhile", TimeSpan.FromSeconds(2), "B's clipboard");
        Assert.Equal(ControlErrors.Busy, Assert.Throws<ControlException>(() => Bench(a, b)).Code);
        world.Scheduler.RunFor(TimeSpan.FromMinutes(1));
        Assert.NotNull(Bench(a, b));

        b.Kill();
        world.Scheduler.RunUntil(() => PathOf(a) != "lan", TimeSpan.FromMinutes(1), "the link to end");
        var none = Assert.Throws<ControlException>(() => Bench(a, b));
        Assert.Equal(ControlErrors.NoLink, none.Code);
        Assert.Contains("no direct link to b", none.Message, StringComparison.Ordinal);

        static BenchReport? Bench(SimDevice from, SimDevice to) =>
            from.Call(control => control.BenchAsync(to.Id.ToString(), 1, CancellationToken.None));
    }

    /// <summary>Who has a member's key takes a few places and no more, says nothing on them, and loses those too.</summary>
    [Fact]
    public void A_member_that_only_connects_takes_no_place_from_the_others()
    {
        var (world, a, b) = Linked(12);
        b.Kill();
        Assert.True(DeviceSecrets.TryRead(b.Secret, out var keys, out _));
        var thief = new Stranger(world);
        var key = LinkTls.Options(ProtocolVersions.LinkProtocol, keys[0], static _ => true);
        var (open, refused) = (0, 0);
        const int All = 3 * UnopenedLinks.PerPeer;
        for (var i = 0; i < All; i++)
        {
            var knock = Knock.Make(
                a.Cards[a.Id].Card.BeaconKey.Span,
                a.Clock!.GetUtcNow(),
                new SeededRandomSource((ulong)i)
            );
            thief.Dial(
                IPEndPoint.Parse("192.168.1.10:49152"),
                knock,
                key,
                onConnected: () => open++,
                onEnd: () => (open, refused) = (open - 1, refused + 1)
            );
        }

        world.Scheduler.RunUntil(() => open + refused == All, TimeSpan.FromSeconds(3), "all to have connected");
        world.Scheduler.RunUntil(
            () => open == UnopenedLinks.PerPeer,
            TimeSpan.FromSeconds(1),
            "those beyond the few to be refused"
        );
        world.Scheduler.RunUntil(() => open == 0, TimeSpan.FromMinutes(1), "the others to be given up");
        b.Start();
        world.Scheduler.RunUntil(() => PathOf(a) == "lan", TimeSpan.FromMinutes(2), "the member itself");
    }

    private static (SimWorld World, SimDevice A, SimDevice B) Linked(ulong seed, bool hasCircuits = true)
    {
        var world = new SimWorld(seed) { HasLinks = true };
        if (!hasCircuits)
        {
            world.Relay.Kill();
            world.Relay.HasCircuits = false;
            world.Relay.Start();
        }
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Pair(a, b);
        Copy(a, "first");
        world.Scheduler.RunUntil(() => b.Text == "first", TimeSpan.FromMinutes(1), "the first clip");
        world.Scheduler.RunUntil(() => PathOf(a) == "lan" && PathOf(b) == "lan", TimeSpan.FromSeconds(30), "a link");
        return (world, a, b);
    }
}
