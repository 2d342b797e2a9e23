using System.Net;
using Toss.Quic;

namespace Toss.Benchmarks.Quic;

/// <summary>How one stack moved one stream: medians of the rounds.</summary>
/// <param name="Gigabits">A second, of content.</param>
/// <param name="Sender">Processor seconds for a GB (10^9 bytes) of content.</param>
/// <param name="Allocated">Bytes of managed memory for each datagram, sender and receiver together.</param>
internal sealed record Carriage(
    string Stack,
    CipherSuite Suite,
    double Gigabits,
    double Sender,
    double Receiver,
    double Allocated
);

/// <summary>What a connection at rest holds, of managed memory and of the process's own pages.</summary>
internal sealed record IdleConnections(
    int Count,
    double ServerHeap,
    double ServerPages,
    double ClientHeap,
    double ClientPages
);

/// <summary>All that `scripts/bench quic` measures.</summary>
internal sealed record QuicFigures(
    IReadOnlyList<Carriage> Carriages,
    IReadOnlyList<(CipherSuite Suite, CoreRun.Figure Figure)> Cores,
    IReadOnlyList<(CipherSuite Suite, HandshakeRun.Figure Figure)> Handshakes,
    IdleConnections Idle,
    IReadOnlyList<LinkRun.Figure> Links
)
{
    public const string Ours = "Toss.Quic";
    public const string Theirs = "ngtcp2";
    public const string Bare = "bare data path";
    public const int Rounds = 5;
    public const int Bytes = 512 << 20;
    public const int Connections = 1000;

    public static readonly CipherSuite[] Suites = [CipherSuite.Aes128GcmSha256, CipherSuite.Aes256GcmSha384];

    /// <param name="parts">Names of what to measure; empty for all.</param>
    public static async Task<QuicFigures> MeasureAsync(IReadOnlyList<string> parts)
    {
        var carriages = Wants("stream") ? await CarryAsync() : [];
        var cores = Wants("core") ? Suites.Select(suite => (suite, CoreRun.Measure(suite))).ToList() : [];
        var handshakes = Wants("handshake")
            ? Suites.Select(suite => (suite, HandshakeRun.Measure(suite, Rounds))).ToList()
            : [];
        var idle = Wants("idle") ? await IdleAsync() : new IdleConnections(0, 0, 0, 0, 0);
        IReadOnlyList<LinkRun.Figure> links = [];
        if (Wants("link"))
        {
            using var run = new LinkRun();
            links = await run.MeasureAsync(seeds: 5);
        }
        return new QuicFigures(carriages, cores, handshakes, idle, links);

        bool Wants(string part)
        {
            var wants = parts.Count == 0 || parts.Contains(part);
            if (wants)
            {
                Console.Error.WriteLine($"bench: {part}");
            }
            return wants;
        }
    }

    private static async Task<IReadOnlyList<Carriage>> CarryAsync()
    {
        var all = new List<Carriage>();
        using var documents = new Ngtcp2Run(Bytes);
        foreach (var suite in Suites)
        {
            await using var ours = await QuicPeers.StartAsync(suite, IPAddress.Loopback);
            await using var theirs = await documents.StartAsync(suite, "cubic");
            for (var round = -1; round < Rounds; round++)
            {
                Carriage[] carried =
                [
                    Of(Ours, suite, await ours.CarryAsync(Bytes)),
                    Of(Theirs, suite, await theirs.CarryAsync()),
                    Of(Bare, suite, BarePath.Carry(suite, Bytes)),
                ];
                if (round >= 0) // the first warms up
                {
                    all.AddRange(carried);
                }
            }
        }
        return
        [
            .. all.GroupBy(one => (one.Stack, one.Suite))
                .Select(group => new Carriage(
                    group.Key.Stack,
                    group.Key.Suite,
                    Medians.Of(group, one => one.Gigabits),
                    Medians.Of(group, one => one.Sender),
                    Medians.Of(group, one => one.Receiver),
                    Medians.Of(group, one => one.Allocated)
                )),
        ];
    }

    private static Carriage Of(string stack, CipherSuite suite, (QuicFact Sender, QuicFact Receiver) carried) =>
        new(
            stack,
            suite,
            Bytes * 8.0 / 1e9 / carried.Receiver.Seconds,
            carried.Sender.Cpu * 1e9 / Bytes,
            carried.Receiver.Cpu * 1e9 / Bytes,
            (carried.Sender.Allocated + carried.Receiver.Allocated)
                / (double)Math.Max(1, carried.Sender.Datagrams + carried.Receiver.Datagrams)
        );

    /// <summary>After a few connections, which bring in all code and tables, what a thousand more take.</summary>
    private static async Task<IdleConnections> IdleAsync()
    {
        await using var peers = await QuicPeers.StartAsync(Suites[0], IPAddress.Loopback);
        await peers.ConnectAsync(50);
        var (serverBefore, clientBefore) = Pages(await peers.RestAsync());
        await peers.ConnectAsync(Connections);
        var (serverAfter, clientAfter) = Pages(await peers.RestAsync());
        return new IdleConnections(
            serverAfter.Memory.Connections - serverBefore.Memory.Connections,
            (serverAfter.Memory.Heap - serverBefore.Memory.Heap) / 1024.0 / Connections,
            (serverAfter.Kilobytes - serverBefore.Kilobytes) / (double)Connections,
            (clientAfter.Memory.Heap - clientBefore.Memory.Heap) / 1024.0 / Connections,
            (clientAfter.Kilobytes - clientBefore.Kilobytes) / (double)Connections
        );

        static ((QuicMemory Memory, long Kilobytes) Server, (QuicMemory Memory, long Kilobytes) Client) Pages(
            (QuicMemory Server, QuicMemory Client) rest
        ) =>
            (
                (rest.Server, ProcessUse.Of(rest.Server.Process).PssKilobytes),
                (rest.Client, ProcessUse.Of(rest.Client.Process).PssKilobytes)
            );
    }
}
