using System.Net;
using System.Threading.Channels;
using Toss.Core.Ports;
using Toss.Net.Udp;
using Toss.Quic;

namespace Toss.Net.Mdns;

/// <summary>The inviter's meeting place in this network: each connection is a run.</summary>
internal sealed class LanPlace : IRendezvous
{
    /// <summary>Messages that wait for the agent, of all runs.</summary>
    private const int Capacity = 64;

    /// <summary>Runs at a time from one address: a person who tries again, and no crowd.</summary>
    private const int MostFromOne = 4;

    /// <summary>Who connects begins.</summary>
    private static readonly TimeSpan s_beginWithin = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly NetworkContext _context;
    private readonly PairingEndpoint _endpoint;
    private readonly Action _closed;
    private readonly Channel<RendezvousPayload> _incoming = Channel.CreateBounded<RendezvousPayload>(Capacity);
    private readonly Dictionary<ulong, (PairingStream Stream, IPAddress From)> _runs = [];
    private readonly List<Task> _serving = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private ulong _last;

    /// <param name="closed">Takes the slot from the network again.</param>
    public LanPlace(NetworkContext context, PairingEndpoint endpoint, ReadOnlyMemory<byte> slot, Action closed)
    {
        (_context, _endpoint, Slot, _closed) = (context, endpoint, slot, closed);
        _accepting = context.Run(AcceptAsync);
    }

    public ReadOnlyMemory<byte> Slot { get; }

    public ChannelReader<RendezvousPayload> Incoming => _incoming.Reader;

    public async ValueTask<bool> SendAsync(ulong run, ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        PairingStream? stream;
        lock (_gate)
        {
            stream = _runs.TryGetValue(run, out var known) ? known.Stream : null;
        }
        return stream is not null && await stream.WriteAsync(payload, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }
        _closed();
        List<PairingStream> left;
        lock (_gate)
        {
            left = [.. _runs.Values.Select(static run => run.Stream)];
        }
        foreach (var stream in left)
        {
            // The last word, a no perhaps, is on its way.
            await stream.EndAsync(_context.Time);
        }
        _stop.Cancel();
        await _accepting;
        Task[] serving;
        lock (_gate)
        {
            serving = [.. _serving];
        }
        await Task.WhenAll(serving);
        await _endpoint.DisposeAsync();
        _incoming.Writer.TryComplete();
    }

    private async Task AcceptAsync()
    {
        while (await _endpoint.AcceptAsync(_stop.Token) is { } connection)
        {
            lock (_gate)
            {
                _serving.RemoveAll(static one => one.IsCompleted);
                _serving.Add(_context.Run(() => ServeAsync(connection)));
            }
        }
    }

    private async Task ServeAsync(QuicConnection connection)
    {
        var from = SocketAddresses.ToEndPoint(connection.Path).Address;
        ulong run = 0;
        try
        {
            using var late = new CancellationTokenSource(s_beginWithin, _context.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
            await using var stream = await connection.AcceptStreamAsync(either.Token);
            var messages = new PairingStream(connection, stream);
            lock (_gate)
            {
                if (_runs.Values.Count(other => other.From.Equals(from)) >= MostFromOne)
                {
                    return;
                }
                _runs.Add(run = ++_last, (messages, from));
            }
            var message = await messages.ReadAsync(either.Token);
            // Who floods a meeting ends its own run.
            while (message is not null && _incoming.Writer.TryWrite(new RendezvousPayload(run, message)))
            {
                message = await messages.ReadAsync(_stop.Token);
            }
        }
        catch (Exception failure) when (PairingStream.IsEnd(failure))
        {
            // It came and went.
        }
        finally
        {
            bool wasThere;
            lock (_gate)
            {
                wasThere = run != 0 && _runs.Remove(run);
            }
            if (wasThere)
            {
                await TellEndAsync(run);
            }
            await connection.CloseAsync();
        }
    }

    private async ValueTask TellEndAsync(ulong run)
    {
        try
        {
            await _incoming.Writer.WriteAsync(new RendezvousPayload(run, null), _stop.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or ChannelClosedException)
        {
            // All runs end with the place.
        }
    }
}
