using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Toss.Net.Quic;
using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Benchmarks.Quic;

/// <summary>
/// One end in a process of its own, by public types only. The server answers each stream with as many bytes as its first
/// eight say; the client reads commands. Both say in one line what it took: <see cref="QuicFact"/>.
/// <para>The client's commands: "fetch N" over a connection of its own; "connect N" keeps N connections and goes on.
/// "rest", to either: gives back all memory that can be given back, and says what is left.</para>
/// </summary>
internal static class QuicProgram
{
    private const string Protocol = "toss-bench/1";
    private const int BlockBytes = 256 * 1024;

    public static async Task ServeAsync(IPAddress at, CipherSuite suite)
    {
        var (endpoint, driver) = Start(at, suite, isServer: true);
        await using var running = driver;
        Console.WriteLine(driver.Locals[0].Port);
        var since = QuicFact.Begin();
        var connections = 0;
        var commands = CommandsAsync();
        while (!commands.IsCompleted)
        {
            var accepting = endpoint.AcceptConnectionAsync();
            if (await Task.WhenAny(accepting, commands) == commands)
            {
                return;
            }
            connections++;
            _ = AnswerAsync(await accepting);
        }

        async Task AnswerAsync(QuicConnection connection)
        {
            try
            {
                while (true)
                {
                    await using var stream = await connection.AcceptStreamAsync();
                    var bytes = new byte[sizeof(long)];
                    await stream.ReadExactlyAsync(bytes);
                    await SendAsync(stream, BitConverter.ToInt64(bytes));
                    // The client ends the stream when it has everything.
                    if (await stream.ReadAsync(bytes) == 0)
                    {
                        Console.WriteLine(since.Take(connection.Counters.DatagramsSent));
                        since = QuicFact.Begin();
                    }
                }
            }
            catch (QuicException)
            {
                // The connection is over.
            }
        }

        async Task CommandsAsync()
        {
            while (await NextCommandAsync() is not null)
            {
                Console.WriteLine(Rest(connections));
            }
        }
    }

    public static async Task FetchAsync(IPEndPoint server, CipherSuite suite)
    {
        var (endpoint, driver) = Start(IPAddress.Any, suite, isServer: false);
        await using var running = driver;
        var kept = new List<QuicConnection>();
        Console.WriteLine("ready");
        while (await NextCommandAsync() is [var verb, .. var rest])
        {
            switch (verb)
            {
                case "fetch":
                    Console.WriteLine(await FetchOnceAsync(long.Parse(rest[0], CultureInfo.InvariantCulture)));
                    break;
                case "connect":
                    for (var left = int.Parse(rest[0], CultureInfo.InvariantCulture); left > 0; left--)
                    {
                        kept.Add(await DialAsync());
                    }
                    Console.WriteLine("connected");
                    break;
                default:
                    Console.WriteLine(Rest(kept.Count));
                    break;
            }
        }

        Task<QuicConnection> DialAsync() =>
            endpoint.ConnectAsync(
                new QuicDialOptions { Connection = Options(suite, isServer: false), Path = driver.PathTo(server) }
            );

        async Task<QuicFact> FetchOnceAsync(long length)
        {
            var since = QuicFact.Begin();
            await using var connection = await DialAsync();
            var stream = await connection.OpenStreamAsync();
            await stream.WriteAsync(BitConverter.GetBytes(length));
            var received = 0L;
            while (true)
            {
                var read = await stream.Input.ReadAsync();
                received += read.Buffer.Length;
                stream.Input.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    break;
                }
            }
            var fact = since.Take(connection.Counters.DatagramsReceived);
            stream.CompleteWrites();
            await stream.WritesClosed;
            return received == length
                ? fact
                : throw new InvalidOperationException($"{received} of {length} bytes came.");
        }
    }

    private static async Task SendAsync(QuicStream stream, long length)
    {
        var block = new byte[BlockBytes];
        for (; length > 0; length -= block.Length)
        {
            await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(block.Length, length)));
        }
        stream.CompleteWrites();
    }

    private static async Task<string[]?> NextCommandAsync() =>
        // Not on a thread of the pool, which would hold its locals.
        (await Task.Factory.StartNew(Console.In.ReadLine, TaskCreationOptions.LongRunning))?.Split(' ');

    private static QuicMemory Rest(int connections)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }
        return new QuicMemory(connections, GC.GetTotalMemory(forceFullCollection: true), Environment.ProcessId);
    }

    private static (QuicEndpoint Endpoint, UdpQuicDriver Driver) Start(IPAddress at, CipherSuite suite, bool isServer)
    {
        var options = new EndpointOptions
        {
            Key = RandomNumberGenerator.GetBytes(32),
            Server = isServer ? Options(suite, isServer) : null,
            MaxConnections = 2000,
        };
        var endpoint = new QuicEndpoint(options, new SystemRandom());
        var result = UdpQuicDriver.TryStart(endpoint, [new IPEndPoint(at, 0)], new UdpDriverOptions(), out var driver);
        return result == BindResult.Bound
            ? (endpoint, driver!)
            : throw new InvalidOperationException($"No socket at {at}: {result}");
    }

    private static ConnectionOptions Options(CipherSuite suite, bool isServer) =>
        new() { Tls = BenchTls.Options(suite, Protocol, isServer), IdleTimeout = TimeSpan.FromMinutes(5) };
}
