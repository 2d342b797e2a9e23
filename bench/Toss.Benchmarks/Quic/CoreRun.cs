using System.Diagnostics;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Toss.Quic.Protection;
using Toss.Quic.Wire;

namespace Toss.Benchmarks.Quic;

/// <summary>
/// What a datagram of a stream costs the state machines at both ends, in memory on one thread, and what of it is sealing
/// and opening. The least of many samples: it says little about a transfer, but it is the same on a busy machine, so that a
/// change of a few nanoseconds can be seen.
/// </summary>
internal sealed class CoreRun : IDisposable
{
    private const int Samples = 1500; // some seconds: the compiler wants time for its last word
    private const int Datagrams = 2000; // in a sample
    private const int Bytes = 4096; // written and read at a time, a block of a pipe
    private const string Protocol = "toss-bench/1";

    private static readonly NetworkPath path = new(0, 1, 2);
    private static readonly TimeSpan roundTrip = TimeSpan.FromMicroseconds(100);

    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly byte[] _bytes = new byte[Bytes];
    private readonly Endpoint _sender = new(new EndpointOptions { Key = new byte[32] }, new SystemRandom());
    private readonly Endpoint _receiver;
    private readonly Connection _sending;
    private readonly Connection _receiving;
    private readonly long _stream;
    private Instant _now = new(TimeSpan.TicksPerDay);

    private CoreRun(CipherSuite suite)
    {
        var server = new ConnectionOptions { Tls = BenchTls.Options(suite, Protocol, isServer: true) };
        var client = new ConnectionOptions { Tls = BenchTls.Options(suite, Protocol, isServer: false) };
        _receiver = new Endpoint(new EndpointOptions { Key = new byte[32], Server = server }, new SystemRandom());
        _sending = _sender.Dial(client, path, _now);
        Connection? accepted = null;
        var untimed = new Costs();
        while (accepted is not { IsConfirmed: true } || !_sending.IsConfirmed)
        {
            Deliver(_sender, _receiver, ref untimed.Transmit, ref untimed.Receive);
            Deliver(_receiver, _sender, ref untimed.Acknowledge, ref untimed.TakeAcks);
            Pass();
            _ = accepted is not null || _receiver.TryAccept(out accepted);
        }
        _receiving = accepted;
        _stream = _sending.Streams.TryOpen(unidirectional: true);
    }

    /// <summary>Nanoseconds for a datagram: of the sender, of it for sealing; of the receiver, of it for opening.</summary>
    public sealed record Figure(double Sender, double Sealing, double Receiver, double Opening);

    public static Figure Measure(CipherSuite suite)
    {
        using var run = new CoreRun(suite);
        var (sender, receiver) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < Samples; i++)
        {
            var costs = run.Sample();
            sender = Math.Min(sender, costs.Write + costs.Transmit + costs.TakeAcks);
            receiver = Math.Min(receiver, costs.Receive + costs.Read + costs.Acknowledge);
        }
        var (seal, open) = Protection(suite, run._sending.DatagramSize);
        var nanoseconds = 1e9 / Stopwatch.Frequency / Datagrams;
        return new Figure(sender * nanoseconds, seal * nanoseconds, receiver * nanoseconds, open * nanoseconds);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
    }

    /// <summary>As many datagrams as a sample has, or a few more: as often as the window lets through.</summary>
    private Costs Sample()
    {
        var costs = new Costs();
        for (var sent = 0; sent < Datagrams; )
        {
            var before = Stopwatch.GetTimestamp();
            while (_sending.Streams.Write(_stream, _bytes, fin: false) == Bytes) { }
            costs.Write += Stopwatch.GetTimestamp() - before;
            _sender.Touch(_sending);
            sent += Deliver(_sender, _receiver, ref costs.Transmit, ref costs.Receive);
            before = Stopwatch.GetTimestamp();
            while (_receiving.Streams.TryNextEvent(out var news))
            {
                while (_receiving.Streams.Read(news.Id, _bytes).Length > 0) { }
            }
            costs.Read += Stopwatch.GetTimestamp() - before;
            _receiver.Touch(_receiving);
            Pass();
            Deliver(_receiver, _sender, ref costs.Acknowledge, ref costs.TakeAcks);
        }
        return costs;
    }

    private void Pass()
    {
        _now += roundTrip;
        _sender.OnTimeout(_now);
        _receiver.OnTimeout(_now);
    }

    /// <returns>How many datagrams went.</returns>
    private int Deliver(Endpoint from, Endpoint to, ref long transmitting, ref long receiving)
    {
        while (from.TryNextChanged(out var changed))
        {
            while (changed.TryNextEvent(out _)) { }
        }
        var datagrams = 0;
        while (true)
        {
            var begin = Stopwatch.GetTimestamp();
            var isMore = from.TryTransmit(_buffer, _now, out var sent);
            var made = Stopwatch.GetTimestamp();
            transmitting += made - begin;
            if (!isMore)
            {
                return datagrams;
            }
            for (var at = 0; at < sent.Length; at += sent.SegmentSize, datagrams++)
            {
                var datagram = _buffer.AsSpan(at, Math.Min(sent.SegmentSize, sent.Length - at));
                _ = to.Receive(path, datagram, sent.Ecn, _now);
            }
            receiving += Stopwatch.GetTimestamp() - made;
        }
    }

    /// <summary>The least ticks for a sample's datagrams, header protection included.</summary>
    private static (long Seal, long Open) Protection(CipherSuite suite, int size)
    {
        const int NumberBytes = 2;
        var secret = new byte[SuiteParameters.Of(suite).SecretSize];
        using var keys = new OneRttProtector(suite, secret, secret);
        var id = new ConnectionId(new byte[8]);
        var packet = new byte[size];
        var (leastSeal, leastOpen, number) = (long.MaxValue, long.MaxValue, 0L);
        for (var sample = 0; sample < Samples; sample++)
        {
            var (seal, open) = (0L, 0L);
            for (var i = 0; i < Datagrams; i++, number++)
            {
                var header = PacketWriter.WriteShortHeader(packet, id, number, NumberBytes);
                var begin = Stopwatch.GetTimestamp();
                _ = keys.TrySeal(packet, header, NumberBytes, number);
                var made = Stopwatch.GetTimestamp();
                _ = keys.Open(packet, header - NumberBytes, number - 1, default, TimeSpan.Zero, out _);
                (seal, open) = (seal + made - begin, open + Stopwatch.GetTimestamp() - made);
            }
            (leastSeal, leastOpen) = (Math.Min(leastSeal, seal), Math.Min(leastOpen, open));
        }
        return (leastSeal, leastOpen);
    }

    /// <summary>Ticks of a sample.</summary>
    private struct Costs
    {
        public long Write;
        public long Transmit;
        public long TakeAcks;
        public long Receive;
        public long Read;
        public long Acknowledge;
    }
}
