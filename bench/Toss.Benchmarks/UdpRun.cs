using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Toss.Net.Udp;

namespace Toss.Benchmarks;

/// <summary>
/// Bare datagrams over loopback through the sockets of Toss.Net, with a window instead of losses: what the system takes
/// for a packet before QUIC has done anything.
/// </summary>
internal sealed class UdpRun
{
    /// <summary>Packets on their way at most; they fit the smallest receive buffer we get.</summary>
    private const int Window = 400;

    /// <summary>Packets of one send.</summary>
    private const int Batch = 40;

    private static readonly TimeSpan length = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    private readonly UdpSocket _sender;
    private readonly UdpSocket _receiver;
    private readonly int _size;
    private readonly bool _segments;
    private long _received;
    private long _receiverNanoseconds;
    private volatile bool _stopping;

    private UdpRun(UdpImplementation sender, UdpImplementation receiver, int size, bool segments)
    {
        _sender = Bind(sender);
        _receiver = Bind(receiver);
        _size = size;
        _segments = segments;
    }

    /// <param name="Mode">How packets were moved.</param>
    /// <param name="PacketsPerSecond">Received ones.</param>
    /// <param name="Sender">Processor time of the sender's thread, in ns a packet, without its waits for the window.</param>
    /// <param name="Receiver">The same of the receiver's, which waits in the kernel.</param>
    public sealed record Figure(string Mode, int Size, double PacketsPerSecond, double Sender, double Receiver);

    /// <summary>Medians of so many rounds, in which the modes take turns.</summary>
    public static IReadOnlyList<Figure> Measure(int rounds)
    {
        const UdpImplementation Best = UdpImplementation.Best;
        const UdpImplementation Portable = UdpImplementation.Portable;
        (string Mode, UdpImplementation Sender, UdpImplementation Receiver, bool Segments)[] modes =
        [
            ("GSO, GRO", Best, Best, true),
            ("GSO only", Best, Portable, true),
            ("GRO only", Best, Best, false),
            ("portable", Portable, Portable, false),
        ];
        int[] sizes = [1200, 1452];
        var all = new List<Figure>();
        for (var round = -1; round < rounds; round++)
        {
            foreach (var size in sizes)
            {
                foreach (var mode in modes)
                {
                    var figure = new UdpRun(mode.Sender, mode.Receiver, size, mode.Segments).Measure(mode.Mode);
                    if (round >= 0) // the first warms up
                    {
                        all.Add(figure);
                    }
                }
            }
        }
        return
        [
            .. all.GroupBy(figure => (figure.Size, figure.Mode))
                .Select(group => new Figure(
                    group.Key.Mode,
                    group.Key.Size,
                    Median(group.Select(figure => figure.PacketsPerSecond)),
                    Median(group.Select(figure => figure.Sender)),
                    Median(group.Select(figure => figure.Receiver))
                )),
        ];
    }

    public static void Print(IReadOnlyList<Figure> figures)
    {
        Console.WriteLine("| UDP, loopback | bytes | kpps | Gbit/s | sender ns/packet | receiver ns/packet |");
        Console.WriteLine("|---|--:|--:|--:|--:|--:|");
        foreach (var one in figures)
        {
            Console.WriteLine(
                $"| {one.Mode} | {one.Size} | {one.PacketsPerSecond / 1e3:0} "
                    + $"| {one.PacketsPerSecond * one.Size * 8 / 1e9:0.0} | {one.Sender:0} | {one.Receiver:0} |"
            );
        }
    }

    private Figure Measure(string mode)
    {
        using var sender = _sender;
        using var receiver = _receiver;
        var thread = new Thread(Receive);
        thread.Start();
        var bytes = GC.AllocateArray<byte>(Batch * _size, pinned: true);
        var to = SocketAddresses.ToPath(_receiver.Local, _sender.Carrier);

        long sent = 0;
        long waited = 0;
        var begin = Stopwatch.GetTimestamp();
        var first = ThreadTime.Nanoseconds;
        while (Stopwatch.GetElapsedTime(begin) < length)
        {
            if (sent - Volatile.Read(ref _received) > Window - Batch)
            {
                var waiting = ThreadTime.Nanoseconds;
                while (sent - Volatile.Read(ref _received) > Window / 2)
                {
                    if (Stopwatch.GetElapsedTime(begin) > patience)
                    {
                        throw new InvalidOperationException("Packets were lost on loopback.");
                    }
                    Thread.Yield();
                }
                waited += ThreadTime.Nanoseconds - waiting;
            }
            if (_segments)
            {
                _sender.TrySend(to, bytes, _size, 2, out _);
            }
            else
            {
                for (var i = 0; i < Batch; i++)
                {
                    _sender.TrySend(to, bytes.AsSpan(i * _size, _size), _size, 2, out _);
                }
            }
            sent += Batch;
        }
        var used = ThreadTime.Nanoseconds - first - waited;
        var elapsed = Stopwatch.GetElapsedTime(begin);
        var received = Volatile.Read(ref _received);
        _stopping = true;
        _sender.TrySend(to, bytes.AsSpan(0, 1), 1, 0, out _); // ends its wait
        thread.Join();
        return new(
            mode,
            _size,
            received / elapsed.TotalSeconds,
            (double)used / sent,
            (double)_receiverNanoseconds / received
        );
    }

    private void Receive()
    {
        var first = ThreadTime.Nanoseconds;
        while (!_stopping && _receiver.Socket.Poll(patience, SelectMode.SelectRead))
        {
            while (_receiver.TryReceive(out var batch))
            {
                Volatile.Write(ref _received, _received + batch.Count);
            }
        }
        _receiverNanoseconds = ThreadTime.Nanoseconds - first;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    private static UdpSocket Bind(UdpImplementation implementation) =>
        UdpSocket.TryBind(new IPEndPoint(IPAddress.Loopback, 0), 0, implementation, out var socket) == BindResult.Bound
            ? socket!
            : throw new InvalidOperationException("No socket.");
}
