using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Net;

/// <summary>The link that real programs are tried over: it does what it says, and nothing of it stays.</summary>
[Trait("Tier", "alone")]
public sealed class TapLinkTests
{
    private static readonly TapImpairment TwentyMs = new() { Delay = TimeSpan.FromMilliseconds(20) };

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task A_round_trip_takes_the_delay_of_both_ways(AddressFamily family)
    {
        using var left = Namespaces.Create("left");
        using var right = Namespaces.Create("right");
        using var link = TapLink.Between(left, right, 1, TwentyMs);
        using var a = Bind(link.A, family);
        using var b = Bind(link.B, family);
        await RoundTrip(a, b); // resolves the addresses of the link layer

        var times = new List<TimeSpan>();
        for (var i = 0; i < 15; i++)
        {
            times.Add(await RoundTrip(a, b));
        }

        // Never less than the delay; the best is free of what a busy machine adds.
        Assert.InRange(times.Min(), TimeSpan.FromMilliseconds(40), TimeSpan.FromMilliseconds(60));
    }

    [Fact]
    public async Task Loss_and_duplicates_are_those_of_the_seed_each_way_by_itself()
    {
        const int Sent = 1000;
        const int Few = 50;
        var forth = new TapImpairment { Loss = 0.1, Duplication = 0.05 };
        using var left = Namespaces.Create("left");
        using var right = Namespaces.Create("right");
        using var link = TapLink.Between(left, right, 1, forth, back: new TapImpairment(), seed: 7);
        using var a = Bind(link.A, AddressFamily.InterNetwork);
        using var b = Bind(link.B, AddressFamily.InterNetwork);
        var fates = new TapFates(forth, TapLink.SeedOf(7, 0));
        var copies = Enumerable.Range(0, Sent).Select(i => Copies(i, fates.Next()).ToList()).ToList();
        var expected = copies.SelectMany(one => one).ToList();

        var heard = new List<int>();
        // A few at a time: a socket whose reader has to wait for the processor would drop what it has no room for.
        for (var first = 0; first < Sent; first += Few)
        {
            for (var i = first; i < first + Few; i++)
            {
                await a.SendToAsync(BitConverter.GetBytes(i), b.LocalEndPoint!);
            }
            var count = copies.Skip(first).Take(Few).Sum(one => one.Count);
            heard.AddRange(await Watchdog.Within(HearAsync(b, count), $"{count} datagrams after {first}"));
        }
        await RoundTrip(b, a); // the way back loses nothing

        Assert.Equal(expected, heard);
        Assert.Equal(Sent - expected.Distinct().Count(), link.FromA.Lost);
        Assert.Equal(new TapCounters(1, 0, 0, 0), link.FromB with { Entered = 1 });
        Assert.InRange(link.FromA.Lost, 70, 130);

        static IEnumerable<int> Copies(int number, (bool IsLost, bool IsTwice, TimeSpan Delay) fate) =>
            Enumerable.Repeat(
                number,
                fate.IsLost ? 0
                    : fate.IsTwice ? 2
                    : 1
            );
    }

    [Fact]
    public async Task A_cut_link_passes_nothing_and_the_other_still_does()
    {
        using var left = Namespaces.Create("left");
        using var right = Namespaces.Create("right");
        using var one = TapLink.Between(left, right, 1, TwentyMs);
        using var two = TapLink.Between(left, right, 2, TwentyMs);
        using var a1 = Bind(one.A, AddressFamily.InterNetwork);
        using var b1 = Bind(one.B, AddressFamily.InterNetwork);
        using var a2 = Bind(two.A, AddressFamily.InterNetwork);
        using var b2 = Bind(two.B, AddressFamily.InterNetwork);
        await RoundTrip(a1, b1);
        await RoundTrip(a2, b2);
        var before = one.FromA.Entered;

        await a1.SendToAsync(new byte[8], b1.LocalEndPoint!);
        one.Cut();
        await a1.SendToAsync(new byte[8], b1.LocalEndPoint!);
        // Whatever passes takes 20 ms; three round trips on the other link are six times that.
        for (var i = 0; i < 3; i++)
        {
            await RoundTrip(a2, b2);
        }
        Assert.Equal(0, b1.Available);
        Assert.InRange(one.FromA.Entered, before, before + 1);

        one.Heal();
        await RoundTrip(a1, b1);
    }

    [Fact]
    public async Task A_NAT_hides_an_address_and_gives_another_port_when_it_rebinds()
    {
        using var host = Namespaces.Create("host");
        using var router = Namespaces.Create("router");
        using var world = Namespaces.Create("world");
        using var inside = TapLink.Between(host, router, 1, new TapImpairment());
        using var outside = TapLink.Between(router, world, 2, new TapImpairment());
        var nat = new NatRouter(inside.B, outside.A);
        nat.ServeAsDefault(inside.A);
        using var a = Bind(inside.A, AddressFamily.InterNetwork);
        using var b = Bind(outside.B, AddressFamily.InterNetwork);

        var first = await RoundTripSeen(a, b);
        Assert.Equal(outside.A.V4, first.Address);
        Assert.Equal(first, await RoundTripSeen(a, b));
        nat.Rebind(50_000);
        var second = await RoundTripSeen(a, b);

        Assert.Equal(outside.A.V4, second.Address);
        Assert.InRange(second.Port, 50_000, 50_099);
        Assert.NotEqual(first.Port, second.Port);
    }

    [Fact]
    public async Task Programs_run_inside_and_nothing_is_left()
    {
        int pid;
        using (var left = Namespaces.Create("left"))
        using (var right = Namespaces.Create("right"))
        using (var link = TapLink.Between(left, right, 1, TwentyMs))
        {
            Assert.Contains("10.77.1.1/24", left.Run("ip", "-o", "-4", "addr"), StringComparison.Ordinal);
            await using var sleeper = left.Start("sh", "-c", "echo ready; exec sleep 3600");
            await sleeper.LineAsync("that it is ready", line => line == "ready");
            pid = sleeper.Pid;
            Assert.Contains(
                pid.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Toss.Testing.Programs.RunningProgram.Run("ip", ["netns", "pids", left.Name]).Split('\n')
            );
            Assert.Equal(2, Namespaces.Left.Count);
        }

        Assert.Empty(Namespaces.Left);
        Assert.False(Directory.Exists($"/proc/{pid}"));
    }

    [Fact]
    public void What_a_crashed_run_left_is_removed_and_their_number_is_bounded()
    {
        // A pid that no process can have (pid_max is at most 2^22).
        const string Left = "toss-lab-4194305-left";
        Toss.Testing.Programs.RunningProgram.Run("ip", ["netns", "add", Left]);
        Namespaces.Sweep();
        Assert.False(File.Exists($"/run/netns/{Left}"));

        var made = new List<LabNamespace>();
        try
        {
            Assert.Throws<InvalidOperationException>(() =>
            {
                for (var i = 0; i <= Namespaces.Most; i++)
                {
                    made.Add(Namespaces.Create($"n{i}"));
                }
            });
            Assert.Equal(Namespaces.Most, made.Count);
        }
        finally
        {
            made.ForEach(space => space.Dispose());
        }
        Assert.Empty(Namespaces.Left);
    }

    private static Socket Bind(TapEnd end, AddressFamily family) =>
        end.Space.Inside(() =>
        {
            var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
            socket.ReceiveBufferSize = 1 << 20;
            socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? end.V4 : end.V6, 0));
            return socket;
        });

    private static async Task<TimeSpan> RoundTrip(Socket a, Socket b)
    {
        var begin = Stopwatch.GetTimestamp();
        await RoundTripSeen(a, b);
        return Stopwatch.GetElapsedTime(begin);
    }

    /// <summary>Where the other side sees it come from.</summary>
    private static async Task<IPEndPoint> RoundTripSeen(Socket a, Socket b)
    {
        var any = new IPEndPoint(a.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        var buffer = new byte[100];
        await a.SendToAsync(new byte[1], b.LocalEndPoint!);
        var there = await Watchdog.Within(b.ReceiveFromAsync(buffer, any), "a datagram");
        await b.SendToAsync(new byte[1], there.RemoteEndPoint);
        await Watchdog.Within(a.ReceiveFromAsync(buffer, any), "its answer");
        return (IPEndPoint)there.RemoteEndPoint;
    }

    private static async Task<List<int>> HearAsync(Socket socket, int count)
    {
        var heard = new List<int>();
        var buffer = new byte[100];
        while (heard.Count < count)
        {
            await socket.ReceiveAsync(buffer);
            heard.Add(BitConverter.ToInt32(buffer));
        }
        return heard;
    }
}
