using System.Net;
using System.Security.Cryptography;
using Toss.Net.Udp;
using Toss.Quic;
using Toss.Quic.Connections;
using Toss.Quic.Endpoints;
using Xunit;

namespace Toss.Tests.Real.Interop;

/// <summary>
/// An endpoint of Toss.Quic on sockets of loopback and a loop of its own, without the public API. Everything but
/// <see cref="OnLoopAsync{T}"/> and <see cref="UntilAsync"/> belongs to the loop's thread.
/// </summary>
internal sealed class QuicHost : INetworkLoopWork, IQuicRandom, IAsyncDisposable
{
    private static readonly TimeSpan patience = TimeSpan.FromSeconds(60);

    private readonly List<UdpSocket> _sockets = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Done)> _waiting = [];
    private readonly byte[] _buffer = new byte[1 << 16];
    private readonly Action<Connection> _drive;
    private readonly NetworkLoop _loop;
    private readonly Task _running;

    // What a full socket did not take of the last batch: in the buffer, and first when there is room again.
    private Transmission? _blocked;
    private int _blockedAt;

    /// <param name="drive">The application: called with each connection that may have events.</param>
    /// <param name="sockets">How many; their numbers are the carriers.</param>
    public QuicHost(EndpointOptions options, Action<Connection> drive, int sockets = 1)
    {
        _drive = drive;
        Endpoint = new Endpoint(options, this);
        for (var carrier = 0; carrier < sockets; carrier++)
        {
            var at = new IPEndPoint(IPAddress.Loopback, 0);
            if (UdpSocket.TryBind(at, carrier, UdpImplementation.Best, out var socket) != BindResult.Bound)
            {
                throw new InvalidOperationException("Loopback has no port.");
            }
            _sockets.Add(socket!);
        }
        _loop = new NetworkLoop(this, _sockets);
        _running = _loop.RunAsync();
    }

    public Endpoint Endpoint { get; }

    /// <summary>Connections that peers began, oldest first.</summary>
    public List<Connection> Accepted { get; } = [];

    public IPEndPoint Local(int carrier = 0) => _sockets[carrier].Local;

    public Task<Connection> DialAsync(ConnectionOptions options, IPEndPoint to) =>
        OnLoopAsync(() => Endpoint.Dial(options, SocketAddresses.ToPath(to, 0), LoopClock.Now));

    /// <summary>Does something on the loop's thread, before the end of its turn.</summary>
    public async Task<T> OnLoopAsync<T>(Func<T> act)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_loop.TryPost(() => done.SetResult(act())));
        await (await Task.WhenAny(done.Task, _running).WaitAsync(patience));
        return await done.Task;
    }

    /// <summary>Waits for something that is looked at after each turn.</summary>
    public async Task UntilAsync(string what, Func<bool> holds)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_loop.TryPost(() => _waiting.Add((holds, done))));
        try
        {
            await (await Task.WhenAny(done.Task, _running).WaitAsync(patience));
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Waited {patience.TotalSeconds} s for {what}.");
        }
        Assert.True(done.Task.IsCompleted, $"The loop ended before {what}.");
    }

    public void Receive(UdpSocket socket, in ReceivedBatch batch, Instant now)
    {
        for (var i = 0; i < batch.Count; i++)
        {
            Endpoint.Receive(batch.From, batch[i], (EcnMark)batch.Ecn, now);
        }
    }

    public void ContinueSending(UdpSocket socket, Instant now)
    {
        if (_blocked is { } sent && sent.Path.Carrier == socket.Carrier)
        {
            _blocked = null;
            Send(sent, _blockedAt, now);
        }
    }

    public Instant FinishTurn(Instant now)
    {
        Endpoint.OnTimeout(now);
        do
        {
            while (Endpoint.TryAccept(out var accepted))
            {
                Accepted.Add(accepted);
            }
            while (Endpoint.TryNextChanged(out var connection))
            {
                _drive(connection);
            }
            while (_blocked is null && Endpoint.TryTransmit(_buffer, now, out var sent))
            {
                Send(sent, 0, now);
            }
        } while (Endpoint.HasNews);
        foreach (var wait in _waiting.Where(static wait => wait.Holds()).ToList())
        {
            _waiting.Remove(wait);
            wait.Done.SetResult();
        }
        return Endpoint.NextTimeout();
    }

    public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public async ValueTask DisposeAsync()
    {
        await _loop.DisposeAsync();
        Endpoint.Dispose();
    }

    private void Send(in Transmission sent, int from, Instant now)
    {
        var bytes = _buffer.AsSpan(from, sent.Length - from);
        var result = _sockets[sent.Path.Carrier]
            .TrySend(sent.Path, bytes, sent.SegmentSize, (byte)sent.Ecn, out var taken);
        if (result == SendResult.WouldBlock)
        {
            (_blocked, _blockedAt) = (sent, from + taken);
        }
        else if (result == SendResult.TooLarge)
        {
            Endpoint.OnTooLarge(sent.Path, sent.SegmentSize, now);
        }
    }
}
