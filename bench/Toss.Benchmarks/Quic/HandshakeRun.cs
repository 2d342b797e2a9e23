using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Tls;

namespace Toss.Benchmarks.Quic;

/// <summary>
/// What a handshake costs both sides together, in memory: whole connections until both are confirmed, and the TLS engine
/// alone, in turns.
/// </summary>
internal static class HandshakeRun
{
    private const int Warm = 150;
    private const int Count = 100;
    private const string Protocol = "toss-bench/1";

    private static readonly NetworkPath path = new(0, 1, 2);
    private static readonly SystemRandom random = new();

    /// <param name="Connection">Processor milliseconds of both sides.</param>
    /// <param name="Engine">The same of TLS alone.</param>
    public sealed record Figure(double Connection, double Engine, long ConnectionBytes, long EngineBytes);

    public static Figure Measure(CipherSuite suite, int rounds)
    {
        var all = new List<Figure>();
        for (var round = -1; round < rounds; round++)
        {
            using var connecting = new Connecting(suite);
            var (connections, engines) = (new Cost(), new Cost());
            for (var i = 0; i < (round < 0 ? Warm : Count); i++)
            {
                connections.Add(connecting.Once);
                engines.Add(() => Run(suite));
            }
            if (round >= 0) // the first warms up
            {
                all.Add(new Figure(connections.Milliseconds, engines.Milliseconds, connections.Bytes, engines.Bytes));
            }
        }
        return new Figure(
            Medians.Of(all, one => one.Connection),
            Medians.Of(all, one => one.Engine),
            (long)Medians.Of(all, one => one.ConnectionBytes),
            (long)Medians.Of(all, one => one.EngineBytes)
        );
    }

    /// <summary>Two endpoints, whose making is not measured, and connections of theirs one after the other.</summary>
    private sealed class Connecting(CipherSuite suite) : IDisposable
    {
        private readonly ConnectionOptions _dialling = Options(suite, isServer: false);
        private readonly byte[] _buffer = new byte[1 << 16];
        private readonly Endpoint _client = new(new EndpointOptions { Key = new byte[32] }, random);
        private readonly Endpoint _server = new(
            new EndpointOptions { Key = new byte[32], Server = Options(suite, isServer: true) },
            random
        );

        private Instant _now = new(TimeSpan.TicksPerDay);

        public void Once()
        {
            var dialled = _client.Dial(_dialling, path, _now);
            Connection? accepted = null;
            while (accepted is not { IsConfirmed: true } || !dialled.IsConfirmed)
            {
                while (Deliver(_client, _server, _buffer, _now) | Deliver(_server, _client, _buffer, _now)) { }
                _now += TimeSpan.FromMilliseconds(1);
                _client.OnTimeout(_now);
                _server.OnTimeout(_now);
                _ = accepted is not null || _server.TryAccept(out accepted);
            }
        }

        public void Dispose()
        {
            _client.Dispose();
            _server.Dispose();
        }
    }

    private static bool Deliver(Endpoint from, Endpoint to, byte[] buffer, Instant now)
    {
        while (from.TryNextChanged(out var changed))
        {
            while (changed.TryNextEvent(out _)) { }
        }
        var any = false;
        while (from.TryTransmit(buffer, now, out var sent))
        {
            any = true;
            for (var at = 0; at < sent.Length; at += sent.SegmentSize)
            {
                var datagram = buffer.AsSpan(at, Math.Min(sent.SegmentSize, sent.Length - at));
                _ = to.Receive(path, datagram, EcnMark.NotEct, now);
            }
        }
        return any;
    }

    private static ConnectionOptions Options(CipherSuite suite, bool isServer) =>
        new() { Tls = BenchTls.Options(suite, Protocol, isServer) };

    private static void Run(CipherSuite suite)
    {
        using var client = TlsEngine.Client(TlsOnly(suite, isServer: false));
        using var server = TlsEngine.Server(TlsOnly(suite, isServer: true));
        while (!client.IsComplete || !server.IsComplete)
        {
            Deliver(client, server);
            Deliver(server, client);
        }
    }

    private static void Deliver(TlsEngine from, TlsEngine to)
    {
        Span<byte> bytes = stackalloc byte[4096];
        foreach (var level in (TlsLevel[])[TlsLevel.Initial, TlsLevel.Handshake])
        {
            while (from.PendingOutput(level) > 0)
            {
                var length = from.TakeOutput(level, bytes);
                if (to.Receive(level, bytes[..length]) != TransportErrorCode.NoError)
                {
                    throw new InvalidOperationException($"TLS failed: {to.Error}");
                }
            }
        }
    }

    private static TlsOptions TlsOnly(CipherSuite suite, bool isServer) =>
        BenchTls.Options(suite, Protocol, isServer) with
        {
            Random = random,
            TransportParameters = new byte[100],
        };

    /// <summary>What one thing took of this thread, on the mean. The two take turns, so that both meet the same machine.</summary>
    private sealed class Cost
    {
        private int _count;
        private long _nanoseconds;
        private long _bytes;

        public double Milliseconds => _nanoseconds / 1e6 / _count;

        public long Bytes => _bytes / _count;

        public void Add(Action once)
        {
            var (first, allocated) = (ThreadTime.Nanoseconds, GC.GetAllocatedBytesForCurrentThread());
            once();
            _nanoseconds += ThreadTime.Nanoseconds - first;
            _bytes += GC.GetAllocatedBytesForCurrentThread() - allocated;
            _count++;
        }
    }
}
