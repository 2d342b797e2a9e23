using System.Net;
using Toss.Control;
using Toss.Core.Ports;
using Toss.Testing.Simulation;
using Toss.Transport.Mdns;
using Xunit;

namespace Toss.Tests.Simulation;

/// <summary>Pairing in one network, with a relay, with a dead one, and with none.</summary>
public sealed class NearbyPairingTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Two_devices_without_any_relay_pair_and_share(bool byLink)
    {
        var (world, a, b) = Lone(1);
        world.Pair(a, b, byLink);
        Share(world, a, b, "without any relay");
        Share(world, b, a, "and back");
        Assert.Equal(["lan"], PathsOf(a));
        // The Add is confirmed: it is not taken back after ten minutes.
        world.Scheduler.RunFor(TimeSpan.FromMinutes(30));
        Assert.Single(a.Peers);
        Share(world, a, b, "half an hour later");
    }

    [Fact]
    public void A_newcomer_that_dies_before_it_took_the_Add_hears_of_it_over_a_link()
    {
        var (world, a, b) = Lone(12);
        Open(world, a, out var opened);
        b.KillAt(StoreStep.JoinCircle, before: true);
        _ = Listen(b, control => control.JoinAsync(new JoinRequest(opened.Code!, null), CancellationToken.None));
        world.Scheduler.RunUntil(() => !b.IsUp, TimeSpan.FromMinutes(1), "B to die");
        Assert.Single(a.Peers);
        Assert.Empty(b.Peers);
        b.Start();
        world.Scheduler.RunUntil(() => b.Peers.Count == 1, TimeSpan.FromMinutes(1), "B to be a member");
        Share(world, a, b, "after its death");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(30));
        Share(world, b, a, "and for good");
    }

    [Fact]
    public void A_third_that_pairs_with_one_is_found_by_both()
    {
        var (world, a, b) = Lone(2);
        var c = world.AddLoneDevice("c");
        world.Pair(a, b);
        world.Pair(b, c);
        world.Scheduler.RunUntil(
            () => PathsOf(a).SequenceEqual(["lan", "lan"]) && PathsOf(c).SequenceEqual(["lan", "lan"]),
            TimeSpan.FromMinutes(1),
            "links between all"
        );
        Share(world, a, c, "from A to C");
    }

    [Fact]
    public void Three_wrong_codes_in_the_network_close_the_code()
    {
        var (world, a, b) = Lone(3);
        var inviter = Open(world, a, out var opened);
        var wrong = Mistyped(opened.Code!);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(ControlErrors.WrongCode, Failed(Join(world, b, wrong)).Code);
        }
        world.Scheduler.RunUntil(() => inviter[^1] is PairingFailed, TimeSpan.FromSeconds(5), "the code to be closed");
        Assert.Equal(2, inviter.OfType<PairingWarning>().Count());
        Assert.Equal(ControlErrors.WrongCode, Failed(inviter[^1]).Code);
        Assert.Empty(a.Peers);
    }

    [Fact]
    public void A_mistyped_code_counts_once_where_network_and_relay_both_lead_there()
    {
        var world = new SimWorld(4) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.WaitConnected(a);
        var inviter = Open(world, a, out var opened);
        Assert.Equal(ControlErrors.WrongCode, Failed(Join(world, b, Mistyped(opened.Code!))).Code);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(10));
        Assert.Equal(2, Assert.Single(inviter.OfType<PairingWarning>()).TriesLeft);
        Assert.IsType<PairingDone>(Join(world, b, opened.Code!));
        world.Scheduler.RunUntil(() => inviter[^1] is PairingDone, TimeSpan.FromSeconds(20), "the inviter's end");
        Share(world, a, b, "after all");
    }

    [Fact]
    public void Whoever_is_elsewhere_joins_by_the_relay_with_the_same_code()
    {
        var world = new SimWorld(5) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.WaitConnected(a);
        world.Net.Cut("a", "b");
        world.Pair(a, b);
        Share(world, a, b, "through the relay");
    }

    [Fact]
    public void A_relay_that_is_down_keeps_nobody_in_one_network_from_pairing()
    {
        var world = new SimWorld(6) { HasLinks = true, HasMulticast = true };
        var (a, b) = (world.AddDevice("a"), world.AddDevice("b"));
        world.Net.Cut("relay");
        world.Scheduler.RunFor(TimeSpan.FromMinutes(2));
        world.Pair(a, b);
        Share(world, a, b, "though the relay is down");
    }

    [Fact]
    public void A_newcomer_that_was_met_in_the_network_lives_at_the_circles_relay()
    {
        var world = new SimWorld(7) { HasLinks = true, HasMulticast = true };
        var a = world.AddDevice("a");
        var b = world.AddLoneDevice("b");
        world.WaitConnected(a);
        world.Pair(a, b);
        world.WaitConnected(b);
        Assert.Equal(
            world.Relay.Url.AbsoluteUri,
            b.Call(control => control.GetStatusAsync(CancellationToken.None))!.Relay.Url
        );
    }

    [Fact]
    public void Without_network_and_relay_both_sides_hear_what_to_do()
    {
        var world = new SimWorld(8) { HasLinks = true };
        var (a, b) = (world.AddLoneDevice("a"), world.AddLoneDevice("b"));
        var shown = Failed(Open(world, a, out _)[^1]);
        Assert.Equal(ControlErrors.NoRelay, shown.Code);
        Assert.Contains("one network", shown.Hint, StringComparison.Ordinal);
        var joined = Failed(Join(world, b, "123-456 789"));
        Assert.Equal(ControlErrors.NoRelay, joined.Code);
        Assert.Contains("toss config relay", joined.Hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_code_that_nobody_in_the_network_shows_is_said_to_be_shown_by_nobody()
    {
        var (world, _, b) = Lone(9);
        var failed = Failed(Join(world, b, "123-456 789"));
        Assert.Equal(ControlErrors.NoRelay, failed.Code);
        Assert.Contains("No device in this network", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_slot_is_in_the_network_only_while_the_code_is_good_and_no_name_ever()
    {
        var (world, a, b) = Lone(10);
        var heard = new List<byte[]>();
        world.Net.AddNode("listener", world.Lan, IPAddress.Parse("192.168.1.250"));
        var process = new SimContext(world.Scheduler, "listener");
        var socket = world.Net.Bind("listener", process, new IPEndPoint(IPAddress.Any, MdnsNames.Port), shared: true);
        socket.Join(MdnsNames.GroupV4);
        socket.Hears = datagram => heard.Add(datagram.Payload.ToArray());

        var inviter = Open(world, a, out var opened);
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        var slot = System.Text.Encoding.ASCII.GetBytes("s=" + opened.Code![..3]);
        Assert.Contains(heard, bytes => bytes.AsSpan().IndexOf(slot) >= 0);
        Assert.IsType<PairingDone>(Join(world, b, opened.Code!));
        world.Scheduler.RunUntil(() => inviter[^1] is PairingDone, TimeSpan.FromSeconds(20), "the inviter's end");
        world.Scheduler.RunFor(TimeSpan.FromSeconds(5));
        var secret = opened.Code!.Replace(" ", "", StringComparison.Ordinal)[^6..];
        byte[][] never =
        [
            System.Text.Encoding.ASCII.GetBytes(secret),
            System.Text.Encoding.UTF8.GetBytes(a.Name + "."),
            a.Id.ToBytes(),
            System.Text.Encoding.ASCII.GetBytes(a.Id.ToString()[..8]),
        ];
        Assert.DoesNotContain(heard, bytes => never.Any(one => bytes.AsSpan().IndexOf(one) >= 0));

        heard.Clear();
        world.Scheduler.RunFor(TimeSpan.FromHours(3));
        Assert.NotEmpty(heard);
        Assert.DoesNotContain(heard, bytes => bytes.AsSpan().IndexOf("_toss-pair"u8) >= 0);
    }

    [Fact]
    public void A_neighbour_who_shows_the_same_slot_and_answers_nobody_does_not_stop_a_pairing()
    {
        var (world, a, b) = Lone(11);
        var inviter = Open(world, a, out var opened);
        world.Net.AddNode("liar", world.Lan, IPAddress.Parse("192.168.1.66"));
        var process = new SimContext(world.Scheduler, "liar");
        var socket = world.Net.Bind("liar", process, new IPEndPoint(IPAddress.Any, MdnsNames.Port), shared: true);
        var slot = System.Text.Encoding.ASCII.GetBytes("s=" + opened.Code![..3]);
        for (var i = 0; i < 5; i++)
        {
            var (instance, host) = (MdnsNames.Pairing.Below($"liar{i}"), MdnsNames.Local.Below("liar"));
            var writer = new DnsWriter(isResponse: true);
            writer.TryAddAnswer(DnsRecord.Pointer(MdnsNames.Pairing, instance));
            writer.TryAddAnswer(DnsRecord.Service(instance, (ushort)(1000 + i), host));
            writer.TryAddAnswer(DnsRecord.Text(instance, slot));
            writer.TryAddAnswer(DnsRecord.Address(host, IPAddress.Parse("192.168.1.66")));
            var lie = writer.ToArray();
            socket.Join(MdnsNames.GroupV4);
            socket.Hears += datagram =>
            {
                if (DnsReader.TryRead(datagram.Payload.Span, out var message) && !message.IsResponse)
                {
                    socket.SendTo(lie, MdnsNames.GroupOf(isV6: false));
                }
            };
        }
        Assert.IsType<PairingDone>(Join(world, b, opened.Code!));
        world.Scheduler.RunUntil(() => inviter[^1] is PairingDone, TimeSpan.FromSeconds(20), "the inviter's end");
    }

    private static (SimWorld World, SimDevice A, SimDevice B) Lone(ulong seed)
    {
        var world = new SimWorld(seed) { HasLinks = true, HasMulticast = true };
        return (world, world.AddLoneDevice("a"), world.AddLoneDevice("b"));
    }

    private static List<PairingEvent> Open(SimWorld world, SimDevice device, out PairingOpened opened)
    {
        var events = Listen(
            device,
            control => control.OpenPairingAsync(new OpenPairingRequest(AcceptAll: true), CancellationToken.None)
        );
        world.Scheduler.RunUntil(() => events.Count > 0, TimeSpan.FromMinutes(1), "a code");
        opened = events[0] as PairingOpened ?? new PairingOpened("", "", "", default);
        return events;
    }

    private static PairingEvent Join(SimWorld world, SimDevice device, string code)
    {
        var events = Listen(device, control => control.JoinAsync(new JoinRequest(code, null), CancellationToken.None));
        world.Scheduler.RunUntil(
            () => events.Count > 0 && events[^1] is PairingDone or PairingFailed,
            TimeSpan.FromMinutes(6),
            "the joiner's end"
        );
        return events[^1];
    }

    private static List<PairingEvent> Listen(SimDevice device, Func<IControl, IAsyncEnumerable<PairingEvent>> open)
    {
        var heard = new List<PairingEvent>();
        _ = device.Call<bool>(control =>
        {
            _ = ListenAsync(open(control));
            return Task.FromResult(true);
        });
        return heard;

        async Task ListenAsync(IAsyncEnumerable<PairingEvent> events)
        {
            await foreach (var happened in events)
            {
                heard.Add(happened);
            }
        }
    }

    private static PairingFailed Failed(PairingEvent ended) => Assert.IsType<PairingFailed>(ended);

    private static string Mistyped(string code) => code[..^1] + (char)('0' + ((code[^1] - '0' + 1) % 10));

    private static string?[] PathsOf(SimDevice device) =>
        [
            .. device
                .Call(control => control.GetStatusAsync(CancellationToken.None))!
                .Peers.Select(peer => peer.Path?.Kind),
        ];

    private static void Share(SimWorld world, SimDevice from, SimDevice to, string text)
    {
        from.Call(control =>
            control.CopyAsync(
                "text/plain",
                new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)),
                false,
                CancellationToken.None
            )
        );
        world.Scheduler.RunUntil(() => to.Text == text, TimeSpan.FromSeconds(10), text);
    }
}
