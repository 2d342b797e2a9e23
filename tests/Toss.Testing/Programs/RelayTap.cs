using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Toss.Wire;

namespace Toss.Testing.Programs;

/// <summary>
/// Between agents and a relay, on the wire: records what passes, and lets a test hold, change or drop each frame. Where
/// a relay of a stranger or a bad network would stand.
/// </summary>
public sealed class RelayTap : IAsyncDisposable
{
    private readonly int _relay;
    private readonly bool _keeps;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryStream _recorded = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    /// <param name="relayPort">Where the relay is; it may come and go.</param>
    /// <param name="keeps">Whether <see cref="Recorded"/> will be asked for.</param>
    public RelayTap(int relayPort, bool keeps = true)
    {
        _relay = relayPort;
        _keeps = keeps;
        _listener.Start();
        Url = new Uri($"ws://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");
        _accepting = AcceptAsync();
    }

    /// <summary>What agents are told to use as their relay.</summary>
    public Uri Url { get; }

    /// <summary>Sees each frame before it goes on; gives the frame to send, or null to drop it.</summary>
    public Func<TappedFrame, Task<RelayFrame?>>? Passing { get; set; }

    /// <summary>All bytes that passed, both ways: as they were, and payloads once more without their WebSocket mask.</summary>
    public byte[] Recorded()
    {
        lock (_gate)
        {
            return _recorded.ToArray();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            for (var number = 1; ; number++)
            {
                var agent = await _listener.AcceptSocketAsync(_stop.Token);
                _connections.Add(CarryAsync(agent, number));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException)
        {
            // Disposed.
        }
    }

    private async Task CarryAsync(Socket agent, int number)
    {
        using var near = agent;
        using var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        near.NoDelay = far.NoDelay = true;
        try
        {
            await far.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _relay), _stop.Token);
        }
        catch (Exception end) when (IsEnd(end))
        {
            return;
        }
        // Each way ends by itself: what a killed agent had said still arrives.
        await Task.WhenAll(
            PumpAsync(near, far, number, fromAgent: true),
            PumpAsync(far, near, number, fromAgent: false)
        );
    }

    private async Task PumpAsync(Socket from, Socket to, int number, bool fromAgent)
    {
        try
        {
            await using var source = new NetworkStream(from);
            await SendAsync(to, await ReadHeadAsync(source));
            while (true)
            {
                var (bytes, payload, isBinary) = await ReadFrameAsync(source);
                Record(bytes);
                Record(payload);
                if (
                    isBinary
                    && Passing is { } passing
                    && WireReader.TryRead<RelayFrame>(payload, Limits.RelayFrame, out var frame)
                )
                {
                    var before = frame.Clone();
                    var after = await passing(new TappedFrame(number, fromAgent, frame));
                    if (after is null)
                    {
                        continue;
                    }
                    if (!after.Equals(before))
                    {
                        bytes = Encode(Google.Protobuf.MessageExtensions.ToByteArray(after), masked: fromAgent);
                    }
                }
                await SendAsync(to, bytes);
            }
        }
        catch (Exception end) when (IsEnd(end))
        {
            try
            {
                to.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // It is gone already.
            }
        }
    }

    private static bool IsEnd(Exception exception) =>
        exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException;

    /// <summary>The HTTP upgrade, up to its empty line.</summary>
    private async Task<byte[]> ReadHeadAsync(Stream source)
    {
        var head = new List<byte>();
        var one = new byte[1];
        while (head.Count < 4 || !head[^4..].SequenceEqual("\r\n\r\n"u8.ToArray()))
        {
            await source.ReadExactlyAsync(one, _stop.Token);
            head.Add(one[0]);
        }
        Record([.. head]);
        return [.. head];
    }

    /// <summary>RFC 6455 §5.2: the frame as it came, and its payload unmasked.</summary>
    private async Task<(byte[] Bytes, byte[] Payload, bool IsBinary)> ReadFrameAsync(Stream source)
    {
        var head = new byte[14];
        await source.ReadExactlyAsync(head.AsMemory(0, 2), _stop.Token);
        var isMasked = (head[1] & 0x80) != 0;
        var extended = (head[1] & 0x7F) switch
        {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        var rest = extended + (isMasked ? 4 : 0);
        await source.ReadExactlyAsync(head.AsMemory(2, rest), _stop.Token);
        var length = extended switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2)),
            8 => checked((int)BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(2))),
            _ => head[1] & 0x7F,
        };
        var payload = new byte[length];
        await source.ReadExactlyAsync(payload, _stop.Token);
        byte[] bytes = [.. head.AsSpan(0, 2 + rest), .. payload];
        if (isMasked)
        {
            for (var i = 0; i < payload.Length; i++)
            {
                payload[i] ^= head[2 + extended + i % 4];
            }
        }
        // One message is one frame, in both programs; a part of one is carried as it is.
        return (bytes, payload, head[0] == 0x82);
    }

    private static byte[] Encode(byte[] payload, bool masked)
    {
        // A mask of zeros changes nothing and is a mask all the same (RFC 6455 §5.3 wants one from clients).
        var head = new byte[10];
        head[0] = 0x82;
        head[1] = (byte)(127 | (masked ? 0x80 : 0));
        BinaryPrimitives.WriteUInt64BigEndian(head.AsSpan(2), (ulong)payload.Length);
        return [.. head, .. masked ? new byte[4] : [], .. payload];
    }

    private async Task SendAsync(Socket to, byte[] bytes)
    {
        for (var sent = 0; sent < bytes.Length; )
        {
            sent += await to.SendAsync(bytes.AsMemory(sent), _stop.Token);
        }
    }

    private void Record(byte[] bytes)
    {
        if (!_keeps)
        {
            return;
        }
        lock (_gate)
        {
            _recorded.Write(bytes);
        }
    }
}
