using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Protection;
using Toss.Quic.Wire;

namespace Toss.Benchmarks.Quic;

/// <summary>
/// The data path of a stream without its bookkeeping, as the ceiling: headers, a copy, sealing, GSO; GRO, opening, a copy,
/// and for each batch a protected ACK. A window stands for all of recovery and flow control.
/// </summary>
internal sealed class BarePath : IDisposable
{
    private const int PacketBytes = 1452;
    private const int Batch = 44;
    private const int Window = 400; // packets; they fit the smallest receive buffer we get
    private const int NumberBytes = 4;
    private const int FrameHeader = 12; // of a STREAM frame
    private const int AckBytes = 40;
    private const byte Ect0 = 2;

    private static readonly ConnectionId peer = new([1, 2, 3, 4, 5, 6, 7, 8]);
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(10);

    private readonly UdpSocket _sender = Bind();
    private readonly UdpSocket _receiver = Bind();
    private readonly OneRttProtector _atSender;
    private readonly OneRttProtector _atReceiver;
    private readonly byte[] _content = new byte[1 << 20];
    private readonly byte[] _delivered = new byte[1 << 20];
    private long _receiverNanoseconds;

    private BarePath(CipherSuite suite)
    {
        var secret = SuiteParameters.Of(suite).SecretSize;
        var (forth, back) = (RandomNumberGenerator.GetBytes(secret), RandomNumberGenerator.GetBytes(secret));
        _atSender = new OneRttProtector(suite, forth, back);
        _atReceiver = new OneRttProtector(suite, back, forth);
    }

    public static (QuicFact Sender, QuicFact Receiver) Carry(CipherSuite suite, long bytes)
    {
        using var path = new BarePath(suite);
        return path.Carry(bytes);
    }

    public void Dispose()
    {
        _sender.Dispose();
        _receiver.Dispose();
        _atSender.Dispose();
        _atReceiver.Dispose();
    }

    private (QuicFact, QuicFact) Carry(long bytes)
    {
        var packets = (bytes + Payload - 1) / Payload;
        var receiving = new Thread(() => Receive(packets));
        var (begin, first, allocated) = (
            Stopwatch.GetTimestamp(),
            ThreadTime.Nanoseconds,
            GC.GetAllocatedBytesForCurrentThread()
        );
        receiving.Start();
        Send(packets);
        var sender = ThreadTime.Nanoseconds - first;
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        receiving.Join();
        var took = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return (
            new QuicFact(took, sender / 1e9, allocated, packets),
            new QuicFact(took, _receiverNanoseconds / 1e9, 0, packets)
        );
    }

    private static int HeaderBytes => 1 + peer.Length + NumberBytes;

    private static int Payload => PacketBytes - HeaderBytes - FrameHeader - PacketAead.TagSize;

    private void Send(long packets)
    {
        var buffer = GC.AllocateArray<byte>(Batch * PacketBytes, pinned: true);
        var to = SocketAddresses.ToPath(_receiver.Local, _sender.Carrier);
        var (number, acknowledged, at) = (0L, 0L, 0);
        while (number < packets)
        {
            while (_sender.TryReceive(out var batch) || number - acknowledged > Window - Batch)
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    acknowledged = TakeAck(batch[i], acknowledged);
                }
                if (batch.Count == 0 && !_sender.Socket.Poll(patience, SelectMode.SelectRead))
                {
                    throw new InvalidOperationException("Packets were lost on loopback.");
                }
            }
            var length = 0;
            for (var i = 0; i < Batch && number < packets; i++, number++)
            {
                var packet = buffer.AsSpan(length, PacketBytes);
                at = at + Payload > _content.Length ? 0 : at;
                _content.AsSpan(at, Payload).CopyTo(packet[(HeaderBytes + FrameHeader)..]);
                at += Payload;
                Seal(_atSender, packet, number);
                length += PacketBytes;
            }
            for (var from = 0; from < length; )
            {
                _ = _sender.TrySend(to, buffer.AsSpan(from, length - from), PacketBytes, Ect0, out var sent);
                from += sent;
            }
        }
    }

    private void Receive(long packets)
    {
        var first = ThreadTime.Nanoseconds;
        var ack = GC.AllocateArray<byte>(HeaderBytes + AckBytes + PacketAead.TagSize, pinned: true);
        var to = SocketAddresses.ToPath(_sender.Local, _receiver.Carrier);
        var (received, at, acks, largest) = (0L, 0, 0L, -1L);
        while (received < packets && _receiver.Socket.Poll(patience, SelectMode.SelectRead))
        {
            while (received < packets && _receiver.TryReceive(out var batch))
            {
                for (var i = 0; i < batch.Count; i++)
                {
                    var packet = batch[i];
                    largest = Open(_atReceiver, packet, largest);
                    var content = packet[(HeaderBytes + FrameHeader)..^PacketAead.TagSize];
                    at = at + content.Length > _delivered.Length ? 0 : at;
                    content.CopyTo(_delivered.AsSpan(at));
                    at += content.Length;
                }
                received += batch.Count;
                BitConverter.TryWriteBytes(ack.AsSpan(HeaderBytes), received);
                Seal(_atReceiver, ack, acks++);
                _ = _receiver.TrySend(to, ack, ack.Length, 0, out _);
            }
        }
        _receiverNanoseconds = ThreadTime.Nanoseconds - first;
    }

    private long _largestAck = -1;

    private long TakeAck(Span<byte> packet, long acknowledged)
    {
        _largestAck = Open(_atSender, packet, _largestAck);
        return Math.Max(acknowledged, BitConverter.ToInt64(packet[HeaderBytes..]));
    }

    private static void Seal(OneRttProtector keys, Span<byte> packet, long number)
    {
        var header = PacketWriter.WriteShortHeader(packet, peer, number, NumberBytes);
        _ = keys.TrySeal(packet, header, NumberBytes, number);
    }

    private static long Open(OneRttProtector keys, Span<byte> packet, long largest) =>
        keys.Open(packet, 1 + peer.Length, largest, default, TimeSpan.Zero, out var opened) == OpenStatus.Opened
            ? Math.Max(largest, opened.PacketNumber)
            : throw new InvalidOperationException("A packet did not open.");

    private static UdpSocket Bind() =>
        UdpSocket.TryBind(new IPEndPoint(IPAddress.Loopback, 0), 0, UdpImplementation.Best, out var socket)
        == BindResult.Bound
            ? socket!
            : throw new InvalidOperationException("No socket.");
}
