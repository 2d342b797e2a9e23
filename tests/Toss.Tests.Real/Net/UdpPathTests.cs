using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Testing.Net;
using Toss.Testing.Platform;
using Xunit;

namespace Toss.Tests.Real.Net;

/// <summary>What interfaces and routes do to a sender, in a network of its own.</summary>
public sealed class UdpPathTests
{
    private const int Mtu = 1400;
    private const int HeadersV4 = 28;
    private const int HeadersV6 = 48;

    public static TheoryData<string> Implementations =>
        [.. Enum.GetNames<UdpImplementation>().Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Datagrams_that_do_not_fit_the_interface_are_refused_whole(string implementation) =>
        InNetwork(network =>
        {
            foreach (var loopback in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
            {
                using var sender = Bind(implementation, loopback);
                using var receiver = Bind(implementation, loopback);
                var to = SocketAddresses.ToPath(receiver.Local, 0);
                var fits = Mtu - (loopback.AddressFamily == AddressFamily.InterNetwork ? HeadersV4 : HeadersV6);
                var bytes = new byte[5 * (fits + 1)];

                Assert.Equal(SendResult.TooLarge, sender.TrySend(to, bytes, fits + 1, 0, out var sent));
                Assert.Equal(0, sent);
                Assert.Equal(SendResult.TooLarge, sender.TrySend(to, bytes.AsSpan(0, fits + 1), fits + 1, 0, out _));
                Assert.Equal(SendResult.Sent, sender.TrySend(to, bytes.AsSpan(0, 5 * fits), fits, 0, out _));

                Assert.Equal(Enumerable.Repeat(fits, 5), Sizes(receiver, 5));
                // A size that does not fit says nothing against sending in segments.
                Assert.Equal(0, (sender as LinuxUdpSocket)?.SegmentationRefusals ?? 0);
            }
        });

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Routes_that_refuse_are_results(string implementation) =>
        InNetwork(network =>
        {
            network.Run("ip", "route", "add", "blackhole", "192.0.2.0/26");
            network.Run("ip", "route", "add", "prohibit", "192.0.2.64/26");
            network.Run("ip", "route", "add", "unreachable", "192.0.2.128/26");
            using var sender = Bind(implementation, IPAddress.Any);
            using var receiver = Bind(implementation, IPAddress.Loopback);

            foreach (var away in new[] { "192.0.2.1", "192.0.2.65", "192.0.2.129", "192.0.2.193" })
            {
                var path = SocketAddresses.ToPath(new IPEndPoint(IPAddress.Parse(away), 9), 0);
                Assert.Equal(SendResult.Unreachable, sender.TrySend(path, new byte[3000], 1000, 1, out _));
            }
            var to = new IPEndPoint(IPAddress.Loopback, receiver.Local.Port);
            Assert.Equal(
                SendResult.Sent,
                sender.TrySend(SocketAddresses.ToPath(to, 0), new byte[3000], 1000, 1, out _)
            );
            Assert.Equal([1000, 1000, 1000], Sizes(receiver, 3));
        });

    /// <summary>Datagrams in the queue of a slow interface count against the sender's buffer.</summary>
    [Theory]
    [MemberData(nameof(Implementations))]
    public void A_sender_without_room_is_continued_when_there_is_some(string implementation) =>
        InNetwork(network =>
        {
            network.Run(
                "tc",
                "qdisc",
                "add",
                "dev",
                "lo",
                "root",
                "tbf",
                "rate",
                "8mbit",
                "burst",
                "3kb",
                "limit",
                "1mb"
            );
            var sender = Bind(implementation, IPAddress.Loopback);
            using var receiver = Bind(implementation, IPAddress.Loopback);
            var work = new Filler(sender, SocketAddresses.ToPath(receiver.Local, 0));
            var loop = new NetworkLoop(work, [sender], Enum.Parse<UdpImplementation>(implementation));
            sender.Socket.SendBufferSize = 16 * 1024;
            var running = loop.RunAsync();

            Assert.True(work.Done.Wait(Watchdog.Patience), $"Waited 60 s for {work}.");

            // Every datagram that the sender was told is taken arrives, and it turned for room only.
            Assert.Equal(Filler.Datagrams, Sizes(receiver, Filler.Datagrams).Count);
            Assert.True(work.Blocked > 1, "the buffer was never full");
            Assert.InRange(loop.Turns, work.Blocked, work.Blocked + 1);
            var ended = loop.DisposeAsync().AsTask();
            Assert.Equal(0, Task.WaitAny([ended], Watchdog.Patience));
            Assert.True(running.IsCompletedSuccessfully, running.Exception?.ToString());
        });

    /// <summary>Runs the test inside a network of its own, with loopback alone.</summary>
    private static void InNetwork(Action<LabNamespace> test)
    {
        using var network = Namespaces.Create("udp");
        network.Run("ip", "link", "set", "lo", "mtu", Mtu.ToString(CultureInfo.InvariantCulture));
        network.Inside<object?>(() =>
        {
            test(network);
            return null;
        });
    }

    private static UdpSocket Bind(string implementation, IPAddress local)
    {
        var parsed = Enum.Parse<UdpImplementation>(implementation);
        Assert.Equal(BindResult.Bound, UdpSocket.TryBind(new IPEndPoint(local, 0), 0, parsed, out var socket));
        return socket!;
    }

    private static List<int> Sizes(UdpSocket receiver, int count)
    {
        var sizes = new List<int>();
        while (sizes.Count < count)
        {
            Assert.True(
                receiver.Socket.Poll(Watchdog.Patience, SelectMode.SelectRead),
                $"Waited 60 s for datagram {sizes.Count + 1} of {count}."
            );
            while (receiver.TryReceive(out var batch))
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    sizes.Add(batch[i].Length);
                }
            }
        }
        return sizes;
    }

    /// <summary>Sends as much as there is room for, and the rest when the loop says so.</summary>
    private sealed class Filler(UdpSocket socket, NetworkPath to) : INetworkLoopWork
    {
        public const int Datagrams = 500;

        private const int Size = 1000;

        private readonly byte[] _bytes = new byte[Datagrams * Size];
        private int _sent;

        public int Blocked { get; private set; }

        public ManualResetEventSlim Done { get; } = new();

        public void Receive(UdpSocket receiving, in ReceivedBatch batch, Instant now) { }

        public void ContinueSending(UdpSocket sending, Instant now) => Send();

        public Instant FinishTurn(Instant now)
        {
            if (_sent == 0)
            {
                Send();
            }
            return Instant.Never;
        }

        public override string ToString() => $"the rest of {_sent} bytes of {_bytes.Length} to be sent";

        private void Send()
        {
            var result = socket.TrySend(to, _bytes.AsSpan(_sent), Size, 0, out var sent);
            _sent += sent;
            if (result == SendResult.WouldBlock)
            {
                Blocked++;
            }
            else
            {
                Assert.Equal(SendResult.Sent, result);
                Done.Set();
            }
        }
    }
}
